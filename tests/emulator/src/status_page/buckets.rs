//! The section about buckets and the latest objects.

use maud::{Markup, html};

use super::elements::{ROWS, nothing, section, size, time_of_day};
use crate::clock;
use crate::services::Services;

pub(super) fn shown(services: &Services) -> Markup {
    let index = services.object_storage.index();
    let counts = index.buckets.iter().map(|(name, bucket)| format!("{name}: {}", bucket.objects.len()));
    let counts: Vec<String> = counts.collect();
    let mut recent = index.recent().take(ROWS).peekable();
    let content = html! {
        p.dim { (counts.join(" · ")) }
        @if recent.peek().is_none() { (nothing("No objects yet.")) } @else {
            table {
                tr { th { "time" } th { "bucket" } th { "object" } th.n { "size" } }
                @for (bucket, object, version) in recent {
                    tr {
                        td { (time_of_day(&clock::rfc3339(version.time_modified))) }
                        td { (bucket) }
                        td { code { (object) } }
                        td.n { (size(version.size)) }
                    }
                }
            }
        }
    };
    section("Objects", content)
}
