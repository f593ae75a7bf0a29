//! Reads and writes objects from the command line: a complete small program, which the end-to-end tests also use.
//!
//! ```sh
//! cargo run --example objects -- put oci://bucket@namespace/name FILE
//! ```

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, WriteMultipart};
use oci_object_store::{Connection, OciObjectStorage, OciUrl};
use oci_requests::Environment;
use std::error::Error;
use std::process::ExitCode;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const USAGE: &str =
    "usage: objects put URL FILE | put-multipart URL FILE [--part-size N] | get URL FILE | head URL
       objects list URL [--delimiter] [--offset NAME] | delete URL | copy URL URL | rename URL URL";

/// Number of parts uploaded concurrently.
const PARTS: usize = 4;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("objects: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<()> {
    let connection = Connection::from_environment(&Environment::of_process())?;
    let open = |url: &str| -> Result<(OciObjectStorage, OciUrl)> {
        let url: OciUrl = url.parse().map_err(|problem| format!("{url}: {problem}"))?;
        Ok((connection.store(&url), url))
    };
    match *arguments {
        ["put", url, file] => {
            let (store, url) = open(url)?;
            store.put(&url.object(), tokio::fs::read(file).await?.into()).await?;
        }
        ["put-multipart", url, file] => put_multipart(open(url)?, file, 16 << 20).await?,
        ["put-multipart", url, file, "--part-size", size] => {
            put_multipart(open(url)?, file, size.parse()?).await?
        }
        ["get", url, file] => {
            let (store, url) = open(url)?;
            let mut bytes = store.get(&url.object()).await?.into_stream();
            let mut file = File::create(file).await?;
            while let Some(chunk) = bytes.try_next().await? {
                file.write_all(&chunk).await?;
            }
            file.flush().await?;
        }
        ["head", url] => {
            let (store, url) = open(url)?;
            print(&url, &store.head(&url.object()).await?);
        }
        ["list", url, ref options @ ..] => list(open(url)?, options).await?,
        ["delete", url] => {
            let (store, url) = open(url)?;
            store.delete(&url.object()).await?;
        }
        ["copy", from, to] => {
            let (store, from, to) = pair(open, from, to)?;
            store.copy(&from, &to).await?;
        }
        ["rename", from, to] => {
            let (store, from, to) = pair(open, from, to)?;
            store.rename(&from, &to).await?;
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// Opens the bucket that two objects are in, which must be the same for both.
fn pair(
    open: impl Fn(&str) -> Result<(OciObjectStorage, OciUrl)>,
    from: &str,
    to: &str,
) -> Result<(OciObjectStorage, Path, Path)> {
    let ((store, from), (_, to)) = (open(from)?, open(to)?);
    if from.with_name("") != to.with_name("") {
        return Err(format!("{from} and {to} are not in the same bucket").into());
    }
    Ok((store, from.object(), to.object()))
}

async fn put_multipart((store, url): (OciObjectStorage, OciUrl), file: &str, part_size: usize) -> Result<()> {
    let upload = store.put_multipart(&url.object()).await?;
    let mut write = WriteMultipart::new_with_chunk_size(upload, part_size);
    let mut file = File::open(file).await?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).await? {
            0 => break,
            length => {
                write.wait_for_capacity(PARTS).await?;
                write.write(&buffer[..length]);
            }
        }
    }
    write.finish().await?;
    Ok(())
}

async fn list((store, url): (OciObjectStorage, OciUrl), options: &[&str]) -> Result<()> {
    let prefix = Some(url.path()).filter(|path| !path.is_root());
    match *options {
        [] => {
            store
                .list(prefix.as_ref())
                .try_for_each(|meta| {
                    print(&url, &meta);
                    std::future::ready(Ok(()))
                })
                .await?
        }
        ["--offset", name] => {
            let offset = url.with_name(name).object();
            let listing = store.list_with_offset(prefix.as_ref(), &offset);
            listing
                .try_for_each(|meta| {
                    print(&url, &meta);
                    std::future::ready(Ok(()))
                })
                .await?;
        }
        ["--delimiter"] => {
            let listing = store.list_with_delimiter(prefix.as_ref()).await?;
            for folder in &listing.common_prefixes {
                println!("{}", serde_json::json!({"prefix": url.with_path(folder).name()}));
            }
            listing.objects.iter().for_each(|meta| print(&url, meta));
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// Prints an object's properties under its name in the service, which may differ from its path.
fn print(url: &OciUrl, meta: &ObjectMeta) {
    let ObjectMeta { location, last_modified, size, e_tag, .. } = meta;
    let line = serde_json::json!({
        "location": url.with_path(location).name(), "size": size, "etag": e_tag, "last_modified": last_modified.to_rfc3339(),
    });
    println!("{line}");
}
