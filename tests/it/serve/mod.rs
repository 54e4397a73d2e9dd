//! The local server, through its pages: who is let in, that it does what the commands do, and that nothing is left behind.

mod bilan;
mod client;
mod deposit;
mod guard;
mod indicators;
