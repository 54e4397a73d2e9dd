//! The commands as pages of a local server, for one person on their own machine.
//!
//! - [`routes`]: every address, in one table;
//! - `guard`: who is let in: this machine, this browser, no page from elsewhere;
//! - `app`: what the pages share; `answers`: a page, a file, a refusal;
//! - `jobs`: long work, which can be left and found again;
//! - `upload`: how what is sent comes to the scratch folder, where it lies until it is loaded or let go;
//! - `pages`: a file per page. None has logic of its own: each calls what the command of the same name calls.

mod answers;
mod app;
mod guard;
mod jobs;
mod pages;
mod routes;
mod upload;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use tokio::net::TcpListener;

use base::error::{Context, Result};
use edition::config::Config;
use query::session::Engine;

use app::App;

pub use routes::routes;

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the store, which need not be there yet.
    pub depot: String,
    /// Thresholds of secrecy and of conformity.
    pub config: Config,
    /// Folder of templates that replace the release's.
    pub templates: Option<PathBuf>,
    /// Folder of the committees' comments.
    pub comments: PathBuf,
    /// Folder of final documents.
    pub output: PathBuf,
    /// Day of the checks; today where none is said.
    pub today: Option<NaiveDate>,
    /// Settings of the engine.
    pub engine: Engine,
    /// Most bytes that one delivery may send.
    pub most_bytes: u64,
    /// Port of the machine; 0 for one that is free.
    pub port: u16,
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
}

impl Server {
    /// Listens on this machine alone. The store is read at once: what cannot be read is told before anybody looks, and the first page does not
    /// wait for it.
    ///
    /// # Errors
    /// A port that is taken, templates that are wrong, no place for what is sent, a store that cannot be read.
    pub async fn bind(settings: Settings) -> Result<Self> {
        let port = settings.port;
        let taken = || format!("le port {port} de cette machine ne s'ouvre pas");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .access(taken)
            .map_err(|e| e.hint("donnez-en un autre avec --port, ou retirez --port"))?;

        let port = listener.local_addr().access(taken)?.port();
        let app = Arc::new(App::new(settings, port)?);
        app.opened().await?;
        Ok(Self { listener, app })
    }

    /// The address that lets one browser in, once.
    pub fn address(&self) -> String {
        self.app.guard.address()
    }

    /// Answers until it is interrupted; what was sent and not loaded is then gone.
    ///
    /// # Errors
    /// If the machine refuses to listen on.
    pub async fn run(self) -> Result<()> {
        let router = routes::router(&self.app);
        tokio::select! {
            ended = axum::serve(self.listener, router) => ended.access(|| "le serveur s'est arrêté".into()),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    }
}
