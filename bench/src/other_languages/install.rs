//! Installs and builds the external programs in one folder, once.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use interop::install::external_tool::{announce, run, try_output};
use interop::install::installed_versions::{Stamp, recreate_folder};
use interop::install::{debian, lock, node, python};

/// The folder of the Go libraries of Debian packages.
const GO_LIBRARIES: &str = "/usr/share/gocode";
const GO_PACKAGES: [&str; 2] = ["golang-go", "golang-golang-x-oauth2-dev"];

/// The command line of a program.
#[derive(Debug)]
pub(super) struct Program {
    program: OsString,
    arguments: Vec<OsString>,
}

impl Program {
    pub(super) fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
        }
    }

    pub(super) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }
}

/// The installation folder, locked against concurrent installers.
pub(super) struct Installer {
    sources: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    _lock: File,
}

impl Installer {
    pub(super) fn new() -> Result<Self> {
        let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = bench.join(".installed");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
        Ok(Self {
            sources: bench.join("other_languages"),
            log: folder.join("install.log"),
            _lock: lock(&folder)?,
            folder,
        })
    }

    pub(super) fn go(&self) -> Result<Program> {
        debian::install(&debian::missing(&GO_PACKAGES), &self.log)?;
        let compiler = try_output(Command::new("go").arg("version")).context("cannot run go")?;
        let [_, library] = GO_PACKAGES;
        let package = try_output(Command::new("dpkg-query").args(["--show", "--showformat=${Version}", library]))
            .with_context(|| format!("{library} has no version"))?;
        let source = self.sources.join("go/main.go");
        let folder = self.folder.join("go");
        let program = folder.join("subject");
        let stamp = Stamp::new(
            &folder,
            &format!("{compiler}\n{package}"),
            std::slice::from_ref(&source),
        )?;
        if !stamp.matches() {
            announce(&format!("building the Go program in {}", folder.display()));
            recreate_folder(&folder)?;
            // Without the Debian revision after the last dash.
            let version = package.rsplit_once('-').map_or(&*package, |(upstream, _)| upstream);
            let mut build = Command::new("go");
            build
                .args(["build", "-ldflags", &format!("-X main.version={version}"), "-o"])
                .args([&program, &source])
                .env("GO111MODULE", "off")
                .env(
                    "GOPATH",
                    std::env::join_paths([&folder.join("path"), Path::new(GO_LIBRARIES)])?,
                )
                .env("GOCACHE", folder.join("cache"))
                .env("GOFLAGS", "")
                // No C code: a C compiler is not needed.
                .env("CGO_ENABLED", "0");
            run(&mut build, &self.log).context("cannot build the Go program")?;
            stamp.write()?;
        }
        Ok(Program::new(program))
    }

    pub(super) fn python(&self) -> Result<Program> {
        debian::install(&debian::missing_python(), &self.log)?;
        let sources = self.sources.join("python");
        python::install(&sources, &self.folder, &self.log)?;
        let python = self.folder.join("python/bin/python");
        Ok(Program::new(python).arg(sources.join("measured_client.py")))
    }

    pub(super) fn node(&self) -> Result<Program> {
        debian::install(&debian::missing_node(), &self.log)?;
        let sources = self.sources.join("node");
        node::packages(&sources, &self.folder, &self.log)?;
        // Node.js searches for packages from the folder of the importing program.
        let program = self.folder.join("node/measured_client.mjs");
        fs::copy(sources.join("measured_client.mjs"), &program)?;
        Ok(Program::new("node").arg(program))
    }
}
