//! Signals that end the program, for a command that has to clean up first.
//!
//! SIGHUP is not handled: `nohup` ignores it, and a handler would undo that. When its terminal closes, the program ends
//! at once, and a later run removes the files that it leaves.

use std::io::Result;

use crate::failure::Failure;

/// Handlers for SIGINT and SIGTERM. They stay installed after this value is dropped, so only a command that waits for
/// signals until it ends may create one.
#[derive(Debug)]
pub(crate) struct Interrupts(system::Signals);

impl Interrupts {
    /// Installs the handlers.
    pub(crate) fn new() -> Result<Self> {
        system::Signals::new().map(Self)
    }

    /// Waits for the next signal. The exit code is 128 plus the signal's number, as in shells.
    pub(crate) async fn next(&mut self) -> Failure {
        Failure::Reported(self.0.next().await)
    }
}

#[cfg(unix)]
mod system {
    use std::io::Result;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    #[derive(Debug)]
    pub(super) struct Signals {
        interrupt: Signal,
        terminate: Signal,
    }

    impl Signals {
        pub(super) fn new() -> Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }

        pub(super) async fn next(&mut self) -> u8 {
            tokio::select! {
                _ = self.interrupt.recv() => 128 + 2,
                _ = self.terminate.recv() => 128 + 15,
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::Result;

    #[derive(Debug)]
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn new() -> Result<Self> {
            Ok(Self)
        }

        pub(super) async fn next(&mut self) -> u8 {
            // Without a handler, the signal ends the program.
            match tokio::signal::ctrl_c().await {
                Ok(()) => 130,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
