use crate::error::CurateError;
use crate::locations::Source;
use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Reads a source and sends its bytes on in order.
pub(crate) async fn fetch(
    source: Source,
    sender: mpsc::Sender<Result<Bytes, CurateError>>,
    stop: CancellationToken,
) {
    let sending = async {
        let mut bytes = source.bytes();
        while let Some(bytes) = bytes.next().await {
            if sender.send(bytes).await.is_err() {
                return;
            }
        }
    };
    if stop.run_until_cancelled(sending).await.is_none() {
        // The receiver must not mistake the end of the bytes for the end of the object. It is gone if it has stopped by itself.
        let _ = sender.send(Err(CurateError::Stopped { url: source.url })).await;
    }
}
