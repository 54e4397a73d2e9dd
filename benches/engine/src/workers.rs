//! Workers as processes of this machine, which can be killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use datafusion_distributed::Worker;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use url::Url;

use crate::Fallible;

/// Serves one worker until it is killed, on the port that is asked for or a free one, which it prints.
pub async fn serve() -> Fallible<()> {
    let port: u16 = std::env::var("ENGINE_PORT").unwrap_or_default().parse().unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", listener.local_addr()?.port());

    Server::builder()
        .add_service(Worker::default().into_worker_server())
        .serve_with_incoming(TcpIncoming::from(listener))
        .await?;
    Ok(())
}

/// Workers, each a child of this process.
pub struct Workers(Vec<(Child, u16)>);

impl Workers {
    pub fn start(count: usize) -> Fallible<Self> {
        (0..count).map(|_| start(0)).collect::<Fallible<_>>().map(Self)
    }

    pub fn urls(&self) -> Vec<Url> {
        let urls = self.0.iter().map(|(_, port)| Url::parse(&format!("http://127.0.0.1:{port}")));
        urls.collect::<Result<_, _>>().unwrap_or_default()
    }

    /// Kills a worker outright: no message, no farewell.
    pub fn kill(&mut self, worker: usize) -> Fallible<()> {
        let (child, _) = &mut self.0[worker];
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Starts a killed worker anew, under its address.
    pub fn restart(&mut self, worker: usize) -> Fallible<()> {
        let port = self.0[worker].1;
        self.0[worker] = start(port)?;
        Ok(())
    }

    /// The most memory that a worker held, in MiB.
    pub fn peak(&self) -> u64 {
        let of = |child: &Child| {
            let status =
                std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?.to_string();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        self.0.iter().filter_map(|(child, _)| of(child)).max().unwrap_or(0) / 1024
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for (child, _) in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start(port: u16) -> Fallible<(Child, u16)> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("worker")
        .env("ENGINE_PORT", port.to_string())
        .stdout(Stdio::piped())
        .spawn()?;

    let mut line = String::new();
    let out = child.stdout.take().ok_or("no output")?;
    BufReader::new(out).read_line(&mut line)?;
    Ok((child, line.trim().parse()?))
}
