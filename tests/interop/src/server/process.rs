//! A running server on a free port, which ends with this process.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use supervisor::{ServerProcess, free_port};

use super::proxies::{Proxies, RunningProxies};
use super::start_command::STOP_SIGNAL;
use super::{Server, server_folder};
use crate::install::Installation;

/// A running server. Drop ends it and all its child processes.
#[derive(Debug)]
pub(crate) struct RunningServer {
    pub(crate) server: &'static Server,
    /// The server's base URL, with a slash at the end.
    pub(crate) base_url: String,
    // Declared before the process, whose folder they use.
    proxies: Option<RunningProxies>,
    process: ServerProcess,
}

const STARTUP_LIMIT: Duration = Duration::from_secs(60);

impl RunningServer {
    /// Starts the server.
    pub(crate) fn start(server: &'static Server, installation: &Installation) -> Result<Self> {
        let port = free_port()?;
        let mut process = ServerProcess::new(server.name, STOP_SIGNAL)?;
        server_folder::fill(process.folder(), server, installation)?;
        process.start(server.command(installation, process.folder(), port)?)?;
        let proxies = match server.proxies {
            true => Some(RunningProxies::start(process.folder(), port)?),
            false => None,
        };
        Ok(Self {
            server,
            proxies,
            base_url: format!("http://127.0.0.1:{port}/"),
            process,
        })
    }

    /// Waits until the server responds, for a minute at most.
    pub(crate) async fn ready(&mut self, http: &reqwest::Client) -> Result<()> {
        let url = format!("{}api/whoami", self.base_url);
        let status = self.server.rejected_token_status;
        let is_ready = async || {
            let response = http.get(&url).send().await;
            response.is_ok_and(|response| response.status() == status)
        };
        self.process.wait_until_ready_async(STARTUP_LIMIT, is_ready).await?;
        match &mut self.proxies {
            Some(proxies) => proxies.ready(self.server).await,
            None => Ok(()),
        }
    }

    /// Signals the server to stop, without waiting.
    pub(crate) fn stop(&self) {
        if let Some(process) = self.process.process() {
            process.request_end();
        }
        self.proxies.iter().for_each(RunningProxies::stop);
    }

    /// The proxies in front of the server.
    pub(crate) fn proxies(&self) -> Option<Proxies> {
        self.proxies.as_ref().map(|running| running.proxies.clone())
    }

    /// The server's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.process.log()
    }

    /// Keeps the folder with the log and the database.
    pub(crate) fn keep_folder(&mut self) {
        self.process.keep_folder();
    }
}
