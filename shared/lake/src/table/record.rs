use crate::error::{LakeError, Result};
use crate::own_names::{RECEIPTS, TABLE};
use crate::receipts::receipt::SchemaName;
use crate::receipts::store::Receipts;
use crate::run::hex;
use crate::table::document::TableDocument;
use crate::table::evolution::{Fit, NotThisTable};
use futures::StreamExt;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use sha2::{Digest, Sha256};
use std::pin::pin;
use std::sync::Arc;
use table::Schema;

/// Maximum size of the document. A schema file may have 4 MiB.
const MAX_DOCUMENT: u64 = 16 << 20;

/// Number of attempts to write the document while other programs write it. Each failure means that another one succeeded.
const ATTEMPTS: usize = 20;

/// Number of receipts of a lake without a document that are read to find out its schema.
const RECEIPTS_READ: usize = 1000;

/// A document as found in the lake, with its version in the store.
struct Stored {
    document: TableDocument,
    version: UpdateVersion,
}

/// What is to be done to the lake's document so that it covers a schema.
enum Change {
    Nothing(TableDocument),
    Create(TableDocument),
    Replace(TableDocument, UpdateVersion),
}

/// Reads the lake's document, if there is one.
pub(crate) async fn read(store: &dyn ObjectStore) -> Result<Option<TableDocument>> {
    Ok(stored(store).await?.map(|stored| stored.document))
}

/// Compares a schema with the lake's table. Returns the document that covers it, and whether that is the stored one. Writes nothing.
pub(crate) async fn check(
    store: &Arc<dyn ObjectStore>,
    schema: &Arc<Schema>,
) -> Result<(TableDocument, bool)> {
    Ok(match change(store, schema).await? {
        Change::Nothing(document) => (document, true),
        Change::Create(document) | Change::Replace(document, _) => (document, false),
    })
}

/// Makes sure that the lake's document covers a schema, and returns it. Of several programs that do this at the same time with schemas that
/// exclude each other, all but one fail.
pub(crate) async fn record(store: &Arc<dyn ObjectStore>, schema: &Arc<Schema>) -> Result<TableDocument> {
    let key = Path::from(TABLE);
    let mut lost = None;
    for _ in 0..ATTEMPTS {
        let (document, mode) = match change(store, schema).await? {
            Change::Nothing(document) => return Ok(document),
            Change::Create(document) => (document, PutMode::Create),
            Change::Replace(document, version) => (document, PutMode::Update(version)),
        };
        match store.put_opts(&key, document.to_bytes().into(), mode.into()).await {
            Ok(_) => return Ok(document),
            // Another program was faster, or the response to our own attempt was lost. Look again.
            Err(
                error @ (Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. }),
            ) => lost = Some(error),
            Err(source) => return Err(LakeError::write(&key, source)),
        }
    }
    let source = lost.expect("every attempt was lost");
    Err(LakeError::write(&key, source))
}

async fn change(store: &Arc<dyn ObjectStore>, schema: &Arc<Schema>) -> Result<Change> {
    let Some(Stored { document, version }) = stored(&**store).await? else {
        check_receipts(store, schema).await?;
        return Ok(Change::Create(TableDocument::new(schema)));
    };
    match document.admit(schema) {
        Ok(Fit::Covered) => Ok(Change::Nothing(document)),
        Ok(Fit::Newer(newer)) => Ok(Change::Replace(*newer, version)),
        Err(source) => {
            let lake = name_of(document.schema());
            Err(LakeError::OtherTable { lake, schema: name_of(schema), source })
        }
    }
}

fn name_of(schema: &Schema) -> String {
    format!("{} {}", schema.name(), schema.version())
}

async fn stored(store: &dyn ObjectStore) -> Result<Option<Stored>> {
    let key = Path::from(TABLE);
    let answer = match store.get(&key).await {
        Ok(answer) => answer,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(source) => return Err(LakeError::read(&key, source)),
    };
    let bad = |problem: String| LakeError::BadTable { key: key.to_string(), problem };
    if answer.meta.size > MAX_DOCUMENT {
        return Err(bad(format!("it is {} bytes long, more than {MAX_DOCUMENT}", answer.meta.size)));
    }
    let version = UpdateVersion { e_tag: answer.meta.e_tag.clone(), version: answer.meta.version.clone() };
    let bytes = answer.bytes().await.map_err(|source| LakeError::read(&key, source))?;
    let document = TableDocument::parse(&bytes).map_err(bad)?;
    Ok(Some(Stored { document, version }))
}

/// Checks that the receipts of a lake without a document, if there are any, name this schema. An earlier version of the program wrote them.
async fn check_receipts(store: &Arc<dyn ObjectStore>, schema: &Schema) -> Result<()> {
    let digest = |canonical: String| hex(&Sha256::digest(canonical));
    let sha256 = digest(schema.canonical());
    let former = schema.former_canonical().map(digest);
    let receipts = Receipts::new(Arc::clone(store));
    let mut listed = pin!(receipts.list().take(RECEIPTS_READ));
    while let Some(receipt) = listed.next().await {
        match receipt {
            Ok(receipt) if receipt.schema.sha256 == sha256 => {}
            Ok(receipt) if former.as_ref() == Some(&receipt.schema.sha256) => {}
            Ok(receipt) => {
                let SchemaName { name, version, sha256: other } = receipt.schema;
                let problems = vec![format!(
                    "the lake has no {TABLE} and {RECEIPTS} from an earlier version of this program; the one of {} names {name} {version} ({}), and this schema is {} ({}): run once with the schema of the receipts, which writes {TABLE}",
                    receipt.source.url,
                    &other[..other.len().min(12)],
                    name_of(schema),
                    &sha256[..12],
                )];
                let lake = format!("{name} {version}");
                let source = NotThisTable { problems };
                return Err(LakeError::OtherTable { lake, schema: name_of(schema), source });
            }
            // Reported when its own source is curated.
            Err(LakeError::BadReceipt { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
