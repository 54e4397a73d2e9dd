//! A browser without a script, as far as a test needs one: it keeps its cookie, sends forms and files, follows where it is led.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::{Place, TODAY, files, without_entities};

/// A running server and the browser that it let in.
pub struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
    /// The path that the printed address leads to.
    pub entrance: String,
    pub cookie: String,
    /// Where it keeps what is sent.
    scratch: PathBuf,
    log: PathBuf,
}

/// What it answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The address that answered.
    pub path: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(n, _)| n == name);
        all.next().map(|(_, value)| value.as_str())
    }

    /// The page, with its entities read.
    pub fn text(&self) -> String {
        without_entities(&String::from_utf8_lossy(&self.body))
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} : {}", self.path, self.text());
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.text().contains(words),
            "« {words} » is missing in {} : {}",
            self.path,
            self.text()
        );
        self
    }
}

impl Served {
    /// Starts the server over the store of a place, and lets a browser in.
    pub fn start(place: &Place) -> Self {
        let mut served = Self::closed(place, &[]);
        served.enter();
        served
    }

    /// Starts the server; nobody is let in yet.
    pub fn closed(place: &Place, options: &[&str]) -> Self {
        let scratch = place.path().join("tmp");
        let log = place.path().join("servir.log");
        std::fs::create_dir_all(&scratch).unwrap();
        let mut child = place
            .command()
            .args(["servir", "--aujourdhui", TODAY])
            .args(options)
            .env("TMPDIR", &scratch)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();

        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let rest = address.trim().strip_prefix("http://").unwrap_or_else(|| panic!("{address}"));
        let (host, path) = rest.split_once('/').unwrap();
        Self {
            child,
            host: host.to_owned(),
            entrance: format!("/{path}"),
            cookie: String::new(),
            scratch,
            log,
        }
    }

    /// Opens the printed address, as a browser does.
    pub fn enter(&mut self) {
        let answer = self.get(&self.entrance.clone()).is(303);
        let cookie = answer.header("set-cookie").unwrap();
        self.cookie = cookie.split(';').next().unwrap().to_owned();
    }

    /// Sends a request with these header lines and reads the answer.
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        // A server that has answered already need not read on.
        let _ = stream.write_all(body);

        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        answer(path, &bytes)
    }

    fn own(&self) -> [(&str, &str); 2] {
        [("Host", &self.host), ("Cookie", &self.cookie)]
    }

    pub fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, &self.own(), b"")
    }

    /// Sends bytes of that type, from one of its own pages.
    pub fn post(&self, path: &str, mime: &str, body: &[u8]) -> Answer {
        let origin = format!("http://{}", self.host);
        let headers = [&self.own()[..], &[("Origin", &origin), ("Content-Type", mime)]].concat();
        self.raw("POST", path, &headers, body)
    }

    /// Sends a form.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let coded = |text: &str| -> String {
            let sign = |b: u8| match b {
                b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            };
            text.bytes().map(sign).collect()
        };
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", coded(value))).collect();
        self.post(path, "application/x-www-form-urlencoded", body.join("&").as_bytes())
    }

    /// Sends files under these names, with what is typed beside them.
    pub fn send(&self, files: &[(String, Vec<u8>)], typed: &[(&str, &str)]) -> Answer {
        let mut body = Vec::new();
        for (name, bytes) in files {
            body.extend(
                format!("--limite\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes(),
            );
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        for (name, value) in typed {
            body.extend(
                format!(
                    "--limite\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        body.extend(b"--limite--\r\n");
        self.post("/deposer", "multipart/form-data; boundary=limite", &body)
    }

    /// Sends the beginning of a file and no more; the server goes on waiting as long as this lives.
    pub fn begin_to_send(&self, name: &str, beginning: &[u8]) -> TcpStream {
        let part = format!(
            "--limite\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"{name}\"\r\n\r\n"
        );
        let head = format!(
            "POST /deposer HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {}\r\nContent-Type: multipart/form-data; boundary=limite\r\nContent-Length: {}\r\n\r\n",
            self.cookie,
            part.len() + 2 * beginning.len(),
            host = self.host,
        );

        let mut stream = TcpStream::connect(&self.host).unwrap();
        for bytes in [head.as_bytes(), part.as_bytes(), beginning] {
            stream.write_all(bytes).unwrap();
        }
        stream
    }

    /// Sends a delivery as one would choose it: a file, or a folder with all that lies in it.
    pub fn deposit(&self, delivery: &Path) -> Answer {
        let above = delivery.parent().unwrap();
        let paths = if delivery.is_dir() {
            files(delivery)
        } else {
            vec![delivery.to_owned()]
        };
        let one = |path: &PathBuf| {
            let name = path.strip_prefix(above).unwrap().display().to_string();
            (name, std::fs::read(path).unwrap())
        };
        self.send(&paths.iter().map(one).collect::<Vec<_>>(), &[])
    }

    /// Goes where an answer leads, through work that goes on, to the page that comes of it.
    #[track_caller]
    pub fn follow(&self, mut answer: Answer) -> Answer {
        let start = Instant::now();
        loop {
            let next = match answer.header("location") {
                Some(place) if answer.status == 303 => place.to_owned(),
                _ if answer.status == 200 && answer.path.starts_with("/travaux/") => {
                    let path = answer.path.split('?').next().unwrap();
                    format!("{path}?attendre=true")
                }
                _ => return answer,
            };
            assert!(start.elapsed() < Duration::from_secs(300), "no end: {}", answer.text());
            answer = self.get(&next);
        }
    }

    /// What it keeps of what was sent, its lock apart.
    pub fn kept(&self) -> Vec<PathBuf> {
        let mut kept = files(&self.scratch);
        kept.retain(|path| path.file_name().is_some_and(|name| name != "verrou"));
        kept
    }

    /// All that it has said on its terminal.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Interrupts it, as Ctrl-C does; returns what is left in its temporary folder.
    pub fn interrupt(mut self) -> Vec<PathBuf> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        std::fs::read_dir(&self.scratch)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(path: &str, bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("{path}: no answer, {} bytes", bytes.len()));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();

    let mut body = bytes[end + 4..].to_vec();
    if headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked")
    {
        body = whole(&body);
    }
    Answer {
        status,
        headers,
        body,
        path: path.to_owned(),
    }
}

/// A body that came in chunks.
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = chunks.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&chunks[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend(&chunks[line + 2..line + 2 + size]);
        chunks = &chunks[line + 4 + size..];
    }
    body
}
