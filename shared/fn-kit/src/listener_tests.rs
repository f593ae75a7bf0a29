#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

#[test]
fn the_phony_name_is_in_the_same_folder() {
    assert_eq!(phony(Path::new("/tmp/iofs/lsnr.sock")).unwrap(), Path::new("/tmp/iofs/phonylsnr.sock"));
    assert_eq!(phony(Path::new("/")), None);
}

#[tokio::test]
async fn a_closed_listener_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l");
    let listener = Listener::bind(&path).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    listener.close();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(Listener::bind(Path::new("/")).unwrap_err().0, "naming");
}

#[tokio::test]
async fn a_folder_in_the_way_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("l")).unwrap();
    let (step, error) = Listener::bind(&folder.path().join("l")).unwrap_err();
    assert_eq!((step, error.kind()), ("linking", io::ErrorKind::AlreadyExists));
}
