use crate::client::Client;
use fn_kit::{Contract, Handler, Server};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A function served in this process, on a socket of its own.
pub(crate) struct Served {
    folder: TempDir,
    task: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn new(handler: impl Handler) -> Self {
        Served::with(|server| server, handler).await
    }

    pub(crate) async fn with(change: impl FnOnce(Server) -> Server, handler: impl Handler) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = change(Server::new(contract(&folder.path().join("lsnr.sock"))));
        let task = tokio::spawn(async move { server.serve(handler).await.unwrap() });
        let served = Served { folder, task };
        while !served.socket().exists() {
            tokio::task::yield_now().await;
        }
        served
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("lsnr.sock")
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(&self.socket()).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn contract(socket: &std::path::Path) -> Contract {
    let listener = format!("unix:{}", socket.display());
    Contract::from_environment(&[("FN_LISTENER".into(), listener.into())]).unwrap().unwrap()
}
