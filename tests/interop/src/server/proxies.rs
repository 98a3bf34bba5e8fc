//! Third-party proxies: nginx and HAProxy in front of a server, and the forward proxy tinyproxy.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use supervisor::{Process, command, free_port, start_in, wait_until_async};

use super::Server;
use super::start_command::STOP_SIGNAL;
use crate::certificate_authority::Authority;

/// The Debian packages of the proxies.
pub(crate) const PACKAGES: [&str; 3] = ["haproxy", "nginx-light", "tinyproxy"];

const STARTUP_LIMIT: Duration = Duration::from_secs(20);

/// Configuration files. `@NAME@` is replaced by a port.
const CONFIGURATIONS: [(&str, &str); 3] = [
    ("nginx.conf", include_str!("../../servers/proxies/nginx.conf")),
    ("haproxy.cfg", include_str!("../../servers/proxies/haproxy.cfg")),
    ("tinyproxy.conf", include_str!("../../servers/proxies/tinyproxy.conf")),
];

/// The ports of the proxies.
#[derive(Debug, Clone)]
pub(crate) struct Proxies {
    /// Requires the header `X-Api-Key`.
    pub(crate) gateway: u16,
    /// TLS with a certificate of the authority.
    pub(crate) tls: u16,
    /// TLS that requires a client certificate.
    pub(crate) client_certificate: u16,
    /// Compresses responses without being requested to.
    pub(crate) gzip: u16,
    /// Changes the server's 401 to 403.
    pub(crate) forbidden: u16,
    /// A forward proxy that requires a password.
    pub(crate) forward: u16,
    /// The authority's certificate.
    pub(crate) ca_file: PathBuf,
}

/// Running proxies. Drop ends them.
#[derive(Debug)]
pub(super) struct RunningProxies {
    pub(super) proxies: Proxies,
    processes: Vec<Process>,
    _authority: Authority,
}

impl RunningProxies {
    /// Starts the proxies in front of the port `server`, in their own folder.
    pub(super) fn start(folder: &Path, server: u16) -> Result<Self> {
        let authority = Authority::new()?;
        let proxies = Proxies {
            gateway: free_port()?,
            tls: free_port()?,
            client_certificate: free_port()?,
            gzip: free_port()?,
            forbidden: free_port()?,
            forward: free_port()?,
            ca_file: authority.ca(),
        };
        let folder = folder.join("proxies");
        fs::create_dir(&folder)?;
        for (name, text) in CONFIGURATIONS {
            let text = proxies
                .ports(server)
                .iter()
                .fold(text.to_owned(), |text, (name, port)| {
                    text.replace(&format!("@{name}@"), &port.to_string())
                });
            let text = text.replace("@CERTIFICATES@", &authority.folder().display().to_string());
            fs::write(folder.join(name), text)?;
        }
        let processes = [
            ("/usr/sbin/nginx", ["-p", ".", "-c", "nginx.conf"].as_slice()),
            ("/usr/sbin/haproxy", &["-db", "-f", "haproxy.cfg"]),
            ("/usr/bin/tinyproxy", &["-d", "-c", "tinyproxy.conf"]),
        ]
        .map(|(program, arguments)| process(&folder, program, arguments));
        Ok(Self {
            proxies,
            processes: processes.into_iter().collect::<Result<_>>()?,
            _authority: authority,
        })
    }

    /// Waits until all proxies listen.
    pub(super) async fn ready(&mut self, server: &Server) -> Result<()> {
        for (name, port) in self.proxies.ports(0).into_iter().filter(|(_, port)| *port != 0) {
            let what = format!("the proxy {name} in front of {} to listen at port {port}", server.name);
            wait_until_async(&what, STARTUP_LIMIT, async || {
                Ok(TcpStream::connect(("127.0.0.1", port)).ok())
            })
            .await?;
        }
        Ok(())
    }

    /// Signals the proxies to stop, without waiting.
    pub(super) fn stop(&self) {
        self.processes.iter().for_each(Process::request_end);
    }
}

impl Proxies {
    fn ports(&self, server: u16) -> [(&'static str, u16); 7] {
        [
            ("SERVER", server),
            ("GATEWAY", self.gateway),
            ("TLS", self.tls),
            ("CLIENT_CERTIFICATE", self.client_certificate),
            ("GZIP", self.gzip),
            ("FORBIDDEN", self.forbidden),
            ("FORWARD", self.forward),
        ]
    }
}

fn process(folder: &Path, program: &str, arguments: &[&str]) -> Result<Process> {
    let program = Path::new(program);
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let mut command = command(program, STOP_SIGNAL);
    command.args(arguments);
    start_in(folder, &name, command, STOP_SIGNAL)
}
