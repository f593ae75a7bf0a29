use super::unsupported_key::UnsupportedKey;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader};
use std::sync::Arc;

/// A page of a list of objects, as `object_store` can read it: without the keys that its paths cannot hold. With one of them, it would
/// reject the page, or return another key.
#[derive(Debug, PartialEq)]
pub(super) struct S3Page {
    /// The XML document.
    pub(super) text: String,
    /// The keys that are not in the document any more. Markers of folders, which are empty objects, are not among them.
    pub(super) unsupported: Unsupported,
}

/// Keys that a response does not contain, as an extension of the response.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Unsupported(pub(super) Arc<[UnsupportedKey]>);

/// What matters about an entry.
#[derive(Debug, Default)]
struct Entry {
    key: String,
    size: String,
}

impl S3Page {
    /// Reads the response to a `ListObjectsV2` request.
    pub(super) fn of(text: &str) -> Result<Self, Error> {
        let mut reader = Reader::from_str(text);
        let (mut kept, mut done, mut unsupported) = (String::with_capacity(text.len()), 0, Vec::new());
        loop {
            let start = reader.buffer_position() as usize;
            let (key, is_object) = match reader.read_event()? {
                Event::Start(tag) if tag.name().as_ref() == b"Contents" => {
                    let Entry { key, size } = Entry::read(&mut reader, &tag)?;
                    let is_marker = key.ends_with('/') && size.trim() == "0";
                    (key, !is_marker)
                }
                Event::Start(tag) if tag.name().as_ref() == b"CommonPrefixes" => {
                    let Entry { key, .. } = Entry::read(&mut reader, &tag)?;
                    (key.strip_suffix('/').unwrap_or(&key).to_owned(), false)
                }
                Event::Eof => break,
                _ => continue,
            };
            if let Some(key) = UnsupportedKey::of(key) {
                kept.push_str(&text[done..start]);
                done = reader.buffer_position() as usize;
                unsupported.extend(is_object.then_some(key));
            }
        }
        kept.push_str(&text[done..]);
        Ok(S3Page { text: kept, unsupported: Unsupported(unsupported.into()) })
    }
}

impl Entry {
    fn read(reader: &mut Reader<&[u8]>, parent: &BytesStart<'_>) -> Result<Self, Error> {
        let mut entry = Entry::default();
        loop {
            match reader.read_event()? {
                Event::Start(tag) => match tag.name().as_ref() {
                    b"Key" | b"Prefix" => entry.key = content(reader)?,
                    b"Size" => entry.size = content(reader)?,
                    _ => {
                        reader.read_to_end(tag.name())?;
                    }
                },
                Event::End(tag) if tag.name() == parent.name() => return Ok(entry),
                Event::Eof => return Ok(entry),
                _ => {}
            }
        }
    }
}

/// Returns the text of an element that contains only text.
fn content(reader: &mut Reader<&[u8]>) -> Result<String, Error> {
    let mut content = String::new();
    loop {
        match reader.read_event()? {
            Event::Text(text) => content.push_str(&text.decode()?),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => content.push(character),
                Ok(None) => content.push_str(resolve_predefined_entity(&reference.decode()?).unwrap_or("\0")),
                // A character that XML does not have, which the key contains nevertheless.
                Err(_) => content.push('\0'),
            },
            Event::End(_) | Event::Eof => return Ok(content),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(entries: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix>b/</Prefix>{entries}<IsTruncated>false</IsTruncated></ListBucketResult>"
        )
    }

    fn entry(key: &str, size: u32) -> String {
        format!(
            "<Contents><Key>{key}</Key><Owner><ID>1</ID></Owner><Size>{size}</Size><ETag>&quot;e&quot;</ETag></Contents>"
        )
    }

    #[test]
    fn keys_that_are_not_paths_are_taken_out_and_the_others_stay_as_they_are() {
        let good = ["b/good.gz", "a &amp; b/&lt;x&gt;&#233;.gz", "...", "b/.hidden/x%2F.gz"]
            .map(|key| entry(key, 3));
        let bad =
            ["b//x.gz", "/lead.gz", "b/x.gz/", "b/./x.gz", "b/../x.gz", "b/&#x1;.gz", "b/\t.gz", "b/&#0;.gz"];
        let mixed: String = good
            .iter()
            .zip(bad.chunks(2))
            .flat_map(|(good, bad)| [entry(bad[0], 3), good.clone(), entry(bad[1], 3)])
            .collect();
        let S3Page { text, unsupported } = S3Page::of(&page(&mixed)).unwrap();
        assert_eq!(text, page(&good.concat()));
        let keys: Vec<_> = unsupported.0.iter().map(|key| key.key.as_str()).collect();
        let expected =
            ["b//x.gz", "/lead.gz", "b/x.gz/", "b/./x.gz", "b/../x.gz", "b/\u{1}.gz", "b/\t.gz", "b/\0.gz"];
        assert_eq!(keys, expected);
    }

    #[test]
    fn markers_of_folders_are_ignored() {
        let markers = [entry("b/", 0), entry("b/c.gz/", 0), entry("//", 0)].concat();
        let folders = "<CommonPrefixes><Prefix>b//</Prefix></CommonPrefixes>";
        let good = "<CommonPrefixes><Prefix>b/c/</Prefix></CommonPrefixes>";
        let S3Page { text, unsupported } = S3Page::of(&page(&[&markers, folders, good].concat())).unwrap();
        assert_eq!((text, unsupported), (page(good), Unsupported::default()));
    }

    #[test]
    fn a_page_without_such_keys_is_unchanged() {
        for entries in [String::new(), entry("x", 0), "<Contents/>".into()] {
            let S3Page { text, unsupported } = S3Page::of(&page(&entries)).unwrap();
            assert_eq!((text, unsupported), (page(&entries), Unsupported::default()));
        }
    }
}
