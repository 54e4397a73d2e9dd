//! An S3 server in the tests' own process, over a temporary folder: as much of the protocol as the program asks for, counted, and led
//! astray where a test asks for it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use regex::Regex;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fixture::{End, Place, files};

pub const BUCKET: &str = "essai";
const KEY: &str = "CLEDESSAI";
/// What must be found nowhere.
pub const SECRET: &str = "secret-qui-ne-doit-sortir-nulle-part";
/// The token, likewise.
pub const TOKEN: &str = "jeton-qui-ne-doit-sortir-nulle-part";
/// Names in one answer to a list.
const PAGE: usize = 1000;

/// What the server does otherwise than it should.
#[derive(Debug, Default)]
pub struct Faults {
    /// Takes `If-None-Match` and does nothing of it.
    pub unconditional: AtomicBool,
    /// Refuses whatever writes.
    pub read_only: AtomicBool,
    /// Knows nobody, and repeats what was asked, as the signature's refusal does.
    pub stranger: AtomicBool,
}

struct Shared {
    folder: PathBuf,
    faults: Faults,
    counts: Mutex<BTreeMap<String, usize>>,
    /// One writer at a time: between the look whether a file is there and its writing no other comes.
    writing: Mutex<()>,
    numbers: AtomicUsize,
}

/// The server; it ends when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    pub address: SocketAddr,
    folder: TempDir,
    _threads: Runtime,
}

impl Server {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let shared = Arc::new(Shared {
            folder: folder.path().to_owned(),
            faults: Faults::default(),
            counts: Mutex::default(),
            writing: Mutex::default(),
            numbers: AtomicUsize::new(0),
        });

        let threads = Runtime::new().unwrap();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = threads.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        threads.spawn(async move { axum::serve(listener, router).await });

        Self {
            shared,
            address,
            folder,
            _threads: threads,
        }
    }

    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The bucket, as a folder.
    pub fn bucket(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// Names of the files of the store, sorted.
    pub fn names(&self) -> Vec<String> {
        let store = self.bucket().join("depot");
        if !store.exists() {
            return Vec::new();
        }
        let below = |path: PathBuf| path.strip_prefix(&store).unwrap().display().to_string();
        files(&store).into_iter().map(below).collect()
    }

    /// Requests by their kind, since the last call.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.shared.counts.lock().unwrap())
    }

    /// Makes every file of the store older.
    pub fn age(&self, days: u64) {
        for path in files(&self.bucket()) {
            let then = SystemTime::now() - Duration::from_secs(days * 86_400);
            let file = std::fs::File::options().append(true).open(path).unwrap();
            file.set_modified(then).unwrap();
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let asked: BTreeMap<String, String> = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect();
    let kind = match head.method.as_str() {
        "GET" if asked.contains_key("list-type") => "LIST",
        "POST" if asked.contains_key("delete") => "DELETE",
        "PUT" if asked.contains_key("uploadId") => "PUT (partie)",
        other => other,
    };
    *shared.counts.lock().unwrap().entry(kind.to_owned()).or_default() += 1;
    // Whole before anything is done of it: what was cut on the way is nothing.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };

    let faults = &shared.faults;
    let path = plain(head.uri.path());
    let (bucket, name) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    if faults.stranger.load(Ordering::Relaxed) {
        let repeated = format!("{:?}", head.headers);
        return refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", &repeated);
    }
    if !shared.folder.join(bucket).is_dir() {
        return refused(StatusCode::NOT_FOUND, "NoSuchBucket", "");
    }
    let writes = !["GET", "HEAD", "LIST"].contains(&kind);
    if writes && faults.read_only.load(Ordering::Relaxed) {
        return refused(StatusCode::FORBIDDEN, "AccessDenied", "");
    }

    let bucket = shared.folder.join(bucket);
    match kind {
        "LIST" => list(&bucket, &asked),
        "GET" | "HEAD" => read(&bucket.join(name), &head.headers),
        "PUT" => write(&shared, &bucket.join(name), &head.headers, &body),
        "DELETE" if asked.contains_key("delete") => delete(&bucket, &body),
        _ => parts(&shared, kind, &asked, &bucket.join(name), &body),
    }
}

/// A text without `%2F` and the like.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn refused(status: StatusCode, code: &str, said: &str) -> Response {
    (status, format!("<Error><Code>{code}</Code><Message>{said}</Message></Error>")).into_response()
}

/// What changes when a file does.
fn tag(path: &Path) -> String {
    let data = std::fs::metadata(path).unwrap();
    let at: DateTime<Utc> = data.modified().unwrap().into();
    format!("\"{:x}-{:x}\"", data.len(), at.timestamp_nanos_opt().unwrap())
}

fn modified(path: &Path) -> DateTime<Utc> {
    std::fs::metadata(path).and_then(|data| data.modified()).unwrap().into()
}

fn read(path: &Path, headers: &HeaderMap) -> Response {
    let Ok(bytes) = std::fs::read(path) else {
        return refused(StatusCode::NOT_FOUND, "NoSuchKey", "");
    };
    let told = |of: &[u8], start: usize| {
        let end = (start + of.len()).saturating_sub(1);
        [
            ("etag", tag(path)),
            ("last-modified", modified(path).to_rfc2822()),
            ("content-range", format!("bytes {start}-{end}/{}", bytes.len())),
        ]
    };

    let range = headers.get("range").map(|range| range.to_str().unwrap().replace("bytes=", ""));
    let Some((first, last)) = range.as_deref().and_then(|range| range.split_once('-')) else {
        return (told(&bytes, 0), bytes.clone()).into_response();
    };
    let number = |text: &str| text.parse::<usize>().ok();
    let (start, end) = match (number(first), number(last)) {
        (None, Some(last)) => (bytes.len().saturating_sub(last), bytes.len()),
        (start, last) => (start.unwrap_or(0), last.map_or(bytes.len(), |last| last + 1)),
    };
    let part = &bytes[start..end.min(bytes.len())];
    (StatusCode::PARTIAL_CONTENT, told(part, start), part.to_vec()).into_response()
}

fn write(shared: &Shared, path: &Path, headers: &HeaderMap, body: &Bytes) -> Response {
    let _alone = shared.writing.lock().unwrap();
    let once = headers.contains_key("if-none-match");
    if once && !shared.faults.unconditional.load(Ordering::Relaxed) && path.exists() {
        return refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", "");
    }
    store(shared, path, body)
}

/// Under its name when it is whole: others read meanwhile.
fn store(shared: &Shared, path: &Path, bytes: &[u8]) -> Response {
    let aside = shared
        .folder
        .join(format!("{}", shared.numbers.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&aside, bytes).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::rename(aside, path).unwrap();
    [("etag", tag(path))].into_response()
}

fn list(bucket: &Path, asked: &BTreeMap<String, String>) -> Response {
    let said = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let after = said("start-after").max(said("continuation-token"));
    let mut names: Vec<String> = files(bucket)
        .into_iter()
        .map(|path| path.strip_prefix(bucket).unwrap().display().to_string())
        .filter(|name| name.starts_with(said("prefix")) && name.as_str() > after)
        .collect();
    names.sort();

    let more = names.len() > PAGE;
    names.truncate(PAGE);
    let told = names.iter().filter_map(|name| {
        let path = bucket.join(name);
        // Another request may have removed it.
        let size = std::fs::metadata(&path).ok()?.len();
        let at = modified(&path).to_rfc3339_opts(SecondsFormat::Millis, true);
        Some(format!(
            "<Contents><Key>{name}</Key><LastModified>{at}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
            tag(&path).replace('"', "&quot;"),
            size
        ))
    });
    let told: String = told.collect();
    let next = match names.last().filter(|_| more) {
        Some(name) => format!("<NextContinuationToken>{name}</NextContinuationToken>"),
        None => String::new(),
    };
    format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{next}{told}</ListBucketResult>")
        .into_response()
}

fn delete(bucket: &Path, body: &Bytes) -> Response {
    let text = String::from_utf8_lossy(body).into_owned();
    let keys = Regex::new("<Key>([^<]*)</Key>").unwrap();
    let removed = keys.captures_iter(&text).map(|key| {
        let _ = std::fs::remove_file(bucket.join(&key[1]));
        format!("<Deleted>{}</Deleted>", &key[0])
    });
    format!("<DeleteResult>{}</DeleteResult>", removed.collect::<String>()).into_response()
}

/// A file that comes in parts, which are none of the bucket's files until it is whole.
fn parts(
    shared: &Shared,
    kind: &str,
    asked: &BTreeMap<String, String>,
    path: &Path,
    body: &Bytes,
) -> Response {
    let upload = asked.get("uploadId").cloned();
    let Some(upload) = upload else {
        let id = shared.numbers.fetch_add(1, Ordering::Relaxed);
        return format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>")
            .into_response();
    };
    let folder = shared.folder.join(".parties").join(upload);

    match kind {
        "PUT (partie)" => {
            let number: usize = asked["partNumber"].parse().unwrap();
            store(shared, &folder.join(format!("{number:05}")), body)
        }
        "POST" => {
            let whole: Vec<u8> =
                files(&folder).iter().flat_map(|part| std::fs::read(part).unwrap()).collect();
            store(shared, path, &whole);
            format!(
                "<CompleteMultipartUploadResult><ETag>{}</ETag></CompleteMultipartUploadResult>",
                tag(path)
            )
            .into_response()
        }
        _ => {
            let _ = std::fs::remove_dir_all(folder);
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

/// A place whose store is in the bucket of a server.
pub struct FarPlace {
    pub place: Place,
    pub server: Server,
}

impl FarPlace {
    pub fn new() -> Self {
        Self {
            place: Place::new(),
            server: Server::start(),
        }
    }

    /// `medicobus` with the address of the store.
    pub fn command(&self) -> Command {
        at(&self.place, self.server.address)
    }

    #[track_caller]
    pub fn medicobus(&self, line: &str) -> End {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        End::of(self.command().args(arguments).output().unwrap())
    }
}

/// `medicobus` in a place, with the address of a server and what it asks for.
pub fn at(place: &Place, server: SocketAddr) -> Command {
    let mut command = place.command();
    command
        .env("MEDICOBUS_DEPOT", format!("s3://{BUCKET}/depot"))
        .env("AWS_ENDPOINT_URL", format!("http://{server}"))
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "fr-essai-1")
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command
}

/// A line to a server that breaks in the middle of the request in which these bytes are, and stays broken.
pub fn breaking_line(server: SocketAddr, mark: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let broken = Arc::new(AtomicBool::new(false));

    std::thread::spawn(move || {
        for near in listener.incoming() {
            if broken.load(Ordering::Relaxed) {
                return;
            }
            let (near, far) = (near.unwrap(), TcpStream::connect(server).unwrap());
            let (back, to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            std::thread::spawn(move || pass(back, to, |_| false));

            let broken = Arc::clone(&broken);
            std::thread::spawn(move || {
                pass(near, far, |part| {
                    let found = part.windows(mark.len()).any(|window| window == mark);
                    broken.fetch_or(found, Ordering::Relaxed) || found
                });
            });
        }
    });
    address
}

/// Passes bytes on; of those at which the line breaks, half.
fn pass(mut from: TcpStream, mut to: TcpStream, breaks: impl Fn(&[u8]) -> bool) {
    let mut part = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut part) {
        let broken = breaks(&part[..length]);
        let length = if broken { length / 2 } else { length };
        if to.write_all(&part[..length]).is_err() || broken {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// All files below a folder in which a text is.
pub fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    files(folder).into_iter().filter(holds).collect()
}
