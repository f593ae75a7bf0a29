//! The checks of the options against the state and the machine. They come before anything is emptied or created.

use std::path::Path;

use crate::functions::Functions;
use crate::options::Options;
use crate::random;
use crate::state_folder::{StateError, StateFolder};

/// Rejects options with which the services could not be opened. Changes nothing.
pub(crate) fn check(options: &Options) -> Result<(), StateError> {
    let kept = match options.state.as_deref() {
        Some(path) if StateFolder::holds_state(path)? && !options.fresh => Some(path),
        _ => None,
    };
    // A kept state already has some of the streams. Streaming checks the others before it creates one.
    if kept.is_none() {
        options.streaming.check_streams(0, &options.streaming.streams)?;
    }
    let own = options.pipeline.as_ref().map(|pipeline| {
        // The stream need not exist yet. Only the length of its OCID matters.
        let stream_id = random::ocid("stream", &options.region);
        pipeline.application(&options.namespace, &stream_id, "http://127.0.0.1:65535")
    });
    let folder = kept.map(|path: &Path| path.join("functions"));
    Functions::check(options.programs.as_deref(), options.functions.clone(), own, folder.as_deref())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::functions::{ApplicationDefinition, FunctionDefinition};
    use crate::pipeline::Pipeline;
    use crate::streaming::{StreamSpec, StreamingOptions};

    fn pipeline() -> Pipeline {
        Pipeline {
            stream: "ledger".into(),
            rollover_megabytes: 1,
            rollover_milliseconds: 1,
            function_command: Vec::new(),
            schema: None,
            key: None,
        }
    }

    #[test]
    fn a_configuration_error_creates_and_empties_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        drop(StateFolder::open(&old, false).unwrap());
        let content = old.join("streaming");
        fs::create_dir(&content).unwrap();
        let streams = |partitions| StreamingOptions {
            streams: vec![StreamSpec { name: "ledger".into(), partitions }],
            ..StreamingOptions::default()
        };
        let missing = FunctionDefinition::new("one", ["/no/such/program"]);
        let good = Options::default;
        for options in [
            Options { streaming: streams(500), ..good() },
            Options { streaming: StreamingOptions { partitions: Some(1), ..streams(2) }, ..good() },
            Options { pipeline: Some(pipeline()), programs: Some(PathBuf::from("/nope")), ..good() },
            Options { functions: vec![ApplicationDefinition::new("app", vec![missing.clone()])], ..good() },
        ] {
            for path in [&old, &new] {
                let options = Options { state: Some(path.clone()), fresh: true, ..options.clone() };
                check(&options).unwrap_err();
                assert!(content.exists() && !new.exists(), "{options:?}");
            }
        }
        check(&Options { state: Some(new.clone()), ..good() }).unwrap();
        assert!(!new.exists());
    }

    #[test]
    fn the_functions_of_a_kept_state_are_checked_and_those_of_an_emptied_one_are_not() {
        let folder = tempfile::tempdir().unwrap();
        drop(StateFolder::open(folder.path(), false).unwrap());
        let missing = FunctionDefinition::new("one", ["/no/such/program"]);
        let stored = serde_json::to_string(&[ApplicationDefinition::new("app", vec![missing])]).unwrap();
        fs::create_dir(folder.path().join("functions")).unwrap();
        fs::write(folder.path().join("functions/functions.json"), stored).unwrap();
        let options = Options { state: Some(folder.path().to_owned()), ..Options::default() };
        assert!(matches!(check(&options), Err(StateError::Functions(_))));
        check(&Options { fresh: true, ..options }).unwrap();
    }
}
