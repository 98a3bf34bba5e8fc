//! Signals that end the program, for a command that has to tidy up first.
//!
//! SIGHUP is not among them: `nohup` has it ignored, and a handler would undo that. A terminal that is closed ends the program at
//! once, and what the command leaves is removed by a later one.

use std::io::Result;

use crate::failure::Failure;

/// Keeps signals from ending the program. That lasts: the handlers stay installed once this is dropped, so it is for a command
/// that waits for them until its end.
#[derive(Debug)]
pub(crate) struct Interrupts(system::Signals);

impl Interrupts {
    /// Takes over the signals.
    pub(crate) fn new() -> Result<Self> {
        system::Signals::new().map(Self)
    }

    /// Waits for the first one, which the exit code names as shells do.
    pub(crate) async fn next(&mut self) -> Failure {
        Failure::Told(self.0.next().await)
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
            // Where it cannot be waited for, it ends the program by itself.
            match tokio::signal::ctrl_c().await {
                Ok(()) => 130,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
