//! A server while it runs: started on a free port, awaited, and gone when we are, however we end.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep};

use super::proxies::{Proxies, RunningProxies};
use super::supervised::Supervised;
use super::{Folder, Ports, Server};
use crate::install::Installation;

/// A started server; dropping it ends it and all its children.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) server: &'static Server,
    /// The server's address, with a slash at its end.
    pub(crate) base: String,
    // Before the folder, so that it has ended when that is removed.
    proxies: Option<RunningProxies>,
    process: Supervised,
    folder: Folder,
}

const STARTUP_LIMIT: Duration = Duration::from_secs(60);
const LOG_TAIL_LINES: usize = 25;

impl Running {
    /// Starts the server. Must be called on the main thread: the kernel ends the server when the thread that started it ends.
    pub(crate) fn start(
        server: &'static Server,
        installation: &Installation,
        folder: Folder,
        ports: &mut Ports,
    ) -> Result<Self> {
        let port = ports.next().context("no free port between 20000 and 32000")?;
        let log = File::create(folder.log())?;
        let mut command = server.command(installation, folder.path(), port);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = Supervised::start(&mut command)
            .with_context(|| format!("cannot start {}: {:?}", server.name, command.get_program()))?;
        let proxies = match server.proxies {
            true => Some(RunningProxies::start(folder.path(), port, ports)?),
            false => None,
        };
        Ok(Self {
            server,
            proxies,
            base: format!("http://127.0.0.1:{port}/"),
            process,
            folder,
        })
    }

    /// Waits until the server answers, for a minute at most.
    pub(crate) async fn ready(&mut self, http: &reqwest::Client) -> Result<()> {
        let name = self.server.name;
        let url = format!("{}api/whoami", self.base);
        let started = Instant::now();
        while started.elapsed() < STARTUP_LIMIT {
            if let Some(status) = self.process.ended()? {
                bail!(
                    "{name} ended while starting ({status}); its log ends:\n{}",
                    self.log_tail()
                );
            }
            if let Ok(response) = http.get(&url).send().await
                && response.status().as_u16() == self.server.bad_token
            {
                return match &mut self.proxies {
                    Some(proxies) => proxies.ready(self.server).await,
                    None => Ok(()),
                };
            }
            sleep(Duration::from_millis(50)).await;
        }
        let limit = STARTUP_LIMIT.as_secs();
        bail!(
            "{name} was not ready within {limit} s; its log ends:\n{}",
            self.log_tail()
        )
    }

    /// Asks the server to end, without waiting for it.
    pub(crate) fn stop(&self) {
        self.process.stop();
        self.proxies.iter().for_each(RunningProxies::stop);
    }

    /// The proxies in front of it.
    pub(crate) fn proxies(&self) -> Option<Proxies> {
        self.proxies.as_ref().map(|running| running.proxies.clone())
    }

    pub(crate) fn folder(&mut self) -> &mut Folder {
        &mut self.folder
    }

    fn log_tail(&self) -> String {
        let log = fs::read(self.folder.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }
}
