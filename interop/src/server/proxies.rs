//! Proxies of others in front of a server: nginx and HAProxy, and tinyproxy on the way to it.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep};

use super::command::dying_with_us;
use super::supervised::Supervised;
use super::{Ports, Server};
use crate::authority::Authority;

/// The Debian packages that they are in.
pub(crate) const PACKAGES: [&str; 3] = ["haproxy", "nginx-light", "tinyproxy"];

const STARTUP_LIMIT: Duration = Duration::from_secs(20);

/// Configurations, in which `@NAME@` stands for a port.
const CONFIGURATIONS: [(&str, &str); 3] = [
    ("nginx.conf", include_str!("../../servers/proxies/nginx.conf")),
    ("haproxy.cfg", include_str!("../../servers/proxies/haproxy.cfg")),
    ("tinyproxy.conf", include_str!("../../servers/proxies/tinyproxy.conf")),
];

/// The ports of the proxies.
#[derive(Debug, Clone)]
pub(crate) struct Proxies {
    /// Wants the header `X-Api-Key`.
    pub(crate) gateway: u16,
    /// Speaks TLS, with a certificate of the authority's.
    pub(crate) tls: u16,
    /// The same, and wants a client certificate.
    pub(crate) client_certificate: u16,
    /// Compresses though nobody asks for it.
    pub(crate) gzip: u16,
    /// Answers 403 where the server answers 401.
    pub(crate) forbidden: u16,
    /// A forward proxy that wants a password.
    pub(crate) forward: u16,
    /// The certificate of the authority.
    pub(crate) ca_file: PathBuf,
}

/// Started proxies; dropping them ends them.
#[derive(Debug)]
pub(super) struct RunningProxies {
    pub(super) proxies: Proxies,
    processes: Vec<Supervised>,
    _authority: Authority,
}

impl RunningProxies {
    /// Starts them in front of `server`, in a folder of their own. As with a server, on the main thread.
    pub(super) fn start(folder: &Path, server: u16, ports: &mut Ports) -> Result<Self> {
        let authority = Authority::new()?;
        let mut port = || ports.next().context("no free port between 20000 and 32000");
        let proxies = Proxies {
            gateway: port()?,
            tls: port()?,
            client_certificate: port()?,
            gzip: port()?,
            forbidden: port()?,
            forward: port()?,
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

    /// Waits until all of them listen.
    pub(super) async fn ready(&mut self, server: &Server) -> Result<()> {
        let started = Instant::now();
        for (name, port) in self.proxies.ports(0).into_iter().filter(|(_, port)| *port != 0) {
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                if started.elapsed() > STARTUP_LIMIT {
                    bail!("no proxy before {} listens at {name}, port {port}", server.name);
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Asks them to end, without waiting for it.
    pub(super) fn stop(&self) {
        self.processes.iter().for_each(Supervised::stop);
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

fn process(folder: &Path, program: &str, arguments: &[&str]) -> Result<Supervised> {
    let log = fs::File::create(
        folder
            .join(Path::new(program).file_name().unwrap_or_default())
            .with_extension("log"),
    )?;
    let mut command: Command = dying_with_us(Path::new(program));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Supervised::start(&mut command).with_context(|| format!("cannot start {program}"))
}
