use crate::arguments::GridArguments;
use crate::cell::Cell;
use crate::stage::Stage;

/// Measures every combination of partitions, clients and workers, one after the other; `show` receives each result.
///
/// # Errors
///
/// Returns an error if a program cannot be started or the stream cannot be read back.
pub(crate) async fn measure(arguments: &GridArguments, show: impl Fn(&Cell)) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    for partitions in &arguments.partitions {
        for client in &arguments.clients {
            let stage = Stage::set(arguments, *client, *partitions).await?;
            for workers in &arguments.workers {
                let cell = stage.measure(arguments, *workers).await?;
                show(&cell);
                cells.push(cell);
            }
        }
    }
    Ok(cells)
}
