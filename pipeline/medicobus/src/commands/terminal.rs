//! What is said on stderr while work goes on: bars on a terminal, plain lines otherwise.

use std::io::{ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};

use base::error::{Context, Result};

/// Whether stdout is a terminal.
pub fn on_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Columns of the terminal; `COLUMNS` where there is none, else 80.
pub fn width() -> u16 {
    let asked = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let seen = || Term::stdout().size_checked().map(|(_, columns)| columns);

    asked.or_else(seen).filter(|w| *w >= 20).unwrap_or(80)
}

/// Writes data to stdout; a reader that has seen enough (`| head`) is no error.
///
/// # Errors
/// If stdout cannot be written for another reason.
pub fn stdout(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.access(|| "sortie standard fermée".into()),
    }
}

/// Writes to stderr what is said beside the data; nobody may be there to read it.
pub fn talk(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Makes `println!` into a closed pipe (`| head`) end the program quietly instead of in a panic.
pub fn end_quietly_on_closed_pipe() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload().downcast_ref::<String>();
        if said.is_some_and(|s| s.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        usual(info);
    }));
}

/// One stage of the work, timed.
pub struct Stage {
    name: String,
    bar: Option<ProgressBar>,
    start: Instant,
}

impl Stage {
    /// Starts a stage of `steps` steps.
    pub fn start(name: &str, steps: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(steps);
            if let Ok(style) =
                ProgressStyle::with_template("{prefix:>12} [{bar:30}] {pos}/{len} {wide_msg}")
            {
                bar.set_style(style.progress_chars("█▉ "));
            }
            bar.set_prefix(name.to_string());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });

        Self {
            name: name.to_string(),
            bar,
            start: Instant::now(),
        }
    }

    /// One step done.
    pub fn step(&self, message: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(message.to_string());
                bar.inc(1);
            }
            None => say!("{} : {message}", self.name),
        }
    }

    /// Something worth a line of its own.
    pub fn say(&self, message: &str) {
        match &self.bar {
            Some(bar) => bar.println(message),
            None => say!("{message}"),
        }
    }

    /// Ends the stage; returns how long it took.
    pub fn finish(self) -> Duration {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.start.elapsed()
    }
}
