use crate::served::{Served, contract};
use fn_kit::{Invocation, Response, Server};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

async fn fine(_: Invocation) -> Result<Response, fn_kit::Failure> {
    Ok(Response::text("fine"))
}

#[tokio::test]
async fn the_listener_is_a_relative_link_to_a_socket_for_all_users() {
    let served = Served::new(fine).await;
    assert_eq!(std::fs::read_link(served.socket()).unwrap(), Path::new("phonylsnr.sock"));
    let behind = std::fs::metadata(served.socket()).unwrap();
    assert!(behind.file_type().is_socket());
    assert_eq!(behind.permissions().mode() & 0o777, 0o666);
}

#[tokio::test]
async fn files_of_a_killed_process_are_replaced() {
    for leave in [leave_files, leave_dangling_link, leave_sockets] {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("lsnr.sock");
        leave(folder.path());
        let server = Server::new(contract(&socket));
        let task = tokio::spawn(async move { server.serve(fine).await.unwrap() });
        let mut client = loop {
            if std::fs::read_link(&socket).is_ok_and(|target| target == Path::new("phonylsnr.sock"))
                && let Ok(stream) = tokio::net::UnixStream::connect(&socket).await
            {
                drop(stream);
                break crate::client::Client::connect(&socket).await;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(client.call("", b"").await.text(), "fine");
        task.abort();
    }
}

fn leave_files(folder: &Path) {
    std::fs::write(folder.join("lsnr.sock"), "stale").unwrap();
    std::fs::write(folder.join("phonylsnr.sock"), "stale").unwrap();
}

fn leave_dangling_link(folder: &Path) {
    std::os::unix::fs::symlink("nowhere", folder.join("lsnr.sock")).unwrap();
}

fn leave_sockets(folder: &Path) {
    drop(std::os::unix::net::UnixListener::bind(folder.join("phonylsnr.sock")).unwrap());
    std::os::unix::fs::symlink("phonylsnr.sock", folder.join("lsnr.sock")).unwrap();
}

#[tokio::test]
async fn a_socket_that_cannot_be_created_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("missing/lsnr.sock");
    let error = Server::new(contract(&socket)).serve(fine).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot create the socket '{}' (binding)", socket.display()));
}

#[tokio::test]
async fn a_server_that_is_dropped_removes_its_files() {
    let served = Served::new(fine).await;
    let folder = served.socket().parent().unwrap().to_owned();
    let kept = tempfile::tempdir().unwrap();
    let server = Server::new(contract(&kept.path().join("lsnr.sock")));
    let task = tokio::spawn(async move { server.serve(fine).await.unwrap() });
    while std::fs::read_dir(kept.path()).unwrap().count() < 2 {
        tokio::task::yield_now().await;
    }
    task.abort();
    let _ = task.await;
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2, "others' stay");
}
