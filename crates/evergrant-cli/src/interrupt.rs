//! Signals that end the program, for a command that has to tidy up first.

use std::io::Result;

use crate::failure::Failure;

/// Keeps signals from ending the program, as long as there is one of these to wait for them.
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
        hangup: Signal,
        interrupt: Signal,
        terminate: Signal,
    }

    impl Signals {
        pub(super) fn new() -> Result<Self> {
            Ok(Self {
                hangup: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }

        pub(super) async fn next(&mut self) -> u8 {
            tokio::select! {
                _ = self.hangup.recv() => 128 + 1,
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
