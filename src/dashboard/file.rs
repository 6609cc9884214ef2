//! The files of `web/dist`, with what is asked of each again and again.

use std::{collections::HashMap, io::Write as _, sync::LazyLock};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::HeaderValue;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Dist;

/// A file.
pub struct File {
    pub kind: &'static str,
    /// By its content, since names stay from version to version.
    pub etag: HeaderValue,
    pub bytes: Bytes,
    /// The same compressed, where that is shorter.
    pub gzip: Option<Bytes>,
}

/// All of them, by their paths.
pub struct Files(HashMap<String, File>);

impl Files {
    /// Those in the binary. They are compressed when somebody asks for the first.
    pub fn embedded() -> &'static Files {
        static FILES: LazyLock<Files> = LazyLock::new(|| {
            let files = Dist::iter().filter_map(|path| Some((path.to_string(), File::of(&path, Dist::get(&path)?))));
            Files(files.collect())
        });
        &FILES
    }

    /// The file at a path like `assets/main.js`.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }
}

impl File {
    fn of(path: &str, embedded: rust_embed::EmbeddedFile) -> File {
        let hash = embedded.metadata.sha256_hash();
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = match embedded.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => bytes.into(),
        };
        let gzip = gzip(&bytes).filter(|gzip| gzip.len() < bytes.len());
        let etag = HeaderValue::try_from(format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        File { kind: kind(path), etag, bytes, gzip }
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
