//! The way from a description to an SDK, as programs call it.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::api::{Api, Unsupported};
use crate::inspect::Report;
use crate::limits::{FILES, OUTPUT, Spending};
use crate::package::{self, Difference, Runtime, Written};
use crate::problem::{Error, Place, Problem};
use crate::source::Document;
use crate::{pages, rust};

/// Makes an SDK of a description.
///
/// ```
/// use evergrant_openapi::{Document, Generator};
///
/// let description = r#"
/// openapi: 3.1.0
/// info: { title: Greetings, version: "1.0" }
/// servers: [{ url: "https://api.example.com" }]
/// security: [{ machine: [] }]
/// paths:
///   /hello:
///     get:
///       operationId: hello
///       responses: { "200": { description: A greeting., content: { text/plain: {} } } }
/// components:
///   securitySchemes:
///     machine:
///       type: oauth2
///       flows: { clientCredentials: { tokenUrl: "https://auth.example.com/token", scopes: {} } }
/// "#;
/// let sdk = Generator::new(Document::parse("greetings.yaml", description)?).generate()?;
/// assert!(sdk.files().any(|(path, _)| path == "src/lib.rs"));
/// # Ok::<(), evergrant_openapi::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a generator does nothing until `generate` is called"]
pub struct Generator {
    document: Document,
    name: Option<String>,
    unsupported: Unsupported,
    runtime: Runtime,
}

/// A generated SDK, in memory.
#[derive(Debug, Clone)]
pub struct Sdk {
    package: package::Contents,
    api: Arc<Api>,
    /// Written when it is asked for: a package has no use for it.
    module: OnceLock<String>,
}

impl Generator {
    /// Starts with a description.
    pub fn new(document: Document) -> Self {
        Self {
            document,
            name: None,
            unsupported: Unsupported::Refuse,
            runtime: Runtime::Kept,
        }
    }

    /// The package's name, instead of the one that the description gives or its title makes.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Leaves out operations whose security cannot be honoured, instead of refusing. They are never generated without it.
    pub fn allow_skip(mut self) -> Self {
        self.unsupported = Unsupported::Skip;
        self
    }

    /// Where the generated package takes `evergrant-sdk` from. Unless told otherwise, that stays as it is in a package that is
    /// there already, and is the registry in a new one.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// Generates the SDK. Nothing is written.
    ///
    /// # Errors
    /// [`Error::Description`] for a description that contradicts itself, refers to what is not there, or exceeds a budget, which
    /// the message names;
    /// [`Error::Security`] for operations whose security cannot be honoured, unless they may be left out.
    pub fn generate(&self) -> Result<Sdk, Error> {
        let api = Api::read(&self.document, self.name.as_deref(), self.unsupported)?;
        let mut files = rust::files(&api)?;
        let readme = pages::readme(&api);
        let mut output = Spending::of(&OUTPUT);
        let mut spend = |text: &str| {
            output
                .spend(text.len())
                .map_err(|message| Problem::new(&Place::root(), message))
        };
        files
            .iter()
            .map(|(_, text)| text)
            .chain([&readme])
            .try_for_each(|text| spend(text))?;
        for (path, page) in pages::auth(&api) {
            spend(&page)?;
            files.push((path, page));
        }
        FILES.check_at(files.len(), &self.document.root())?;
        Ok(Sdk {
            package: package::Contents {
                manifest: package::Manifest::of(&api, &self.runtime),
                readme,
                files,
            },
            api: Arc::new(api),
            module: OnceLock::new(),
        })
    }

    /// Says what would be generated, and what the description leaves open. Operations whose security cannot be honoured are
    /// listed as such.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate), but for [`Error::Security`].
    pub fn inspect(&self) -> Result<Report, Error> {
        let api = Api::read(&self.document, self.name.as_deref(), Unsupported::Skip)?;
        Ok(Report::of(&api, &self.document))
    }
}

impl Sdk {
    /// The files of the package, with paths below its directory.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.package
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The whole SDK as the text of one module, for `build.rs`: write it into `OUT_DIR` and `include!` it in a `mod`.
    #[must_use]
    pub fn module(&self) -> &str {
        // What became the package's files once cannot fail to become text again.
        self.module.get_or_init(|| rust::module(&self.api).unwrap_or_default())
    }

    /// What is generated otherwise than described, and where.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.api.warnings
    }

    /// Operations that are left out, and why.
    #[must_use]
    pub fn skipped(&self) -> &[Problem] {
        &self.api.skipped
    }

    /// Writes the package into a directory. Files of an earlier generation are replaced, those no longer generated removed;
    /// `Cargo.toml` and `README.md` keep what was added to them by hand; all other files are left alone.
    ///
    /// `directory` may be a link to a directory. No link below it is followed: nothing outside of it is read, written or removed,
    /// whatever it contains.
    ///
    /// # Errors
    /// Nothing is written or removed on [`Error::InTheWay`], when a file is there that was not generated; on [`Error::NotPlain`],
    /// when a link, a pipe or a device is at the place of a file or directory; on [`Error::FileList`], when the list of the last
    /// generation's files names anything else; and on [`Error::Kept`], when `Cargo.toml` is not TOML. [`Error::Write`] when a file
    /// cannot be written.
    pub fn write(&self, directory: &Path) -> Result<Written, Error> {
        self.package.write(directory)
    }

    /// What [`write`](Self::write) would change. Empty when the directory holds this SDK already.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub fn check(&self, directory: &Path) -> Result<Vec<Difference>, Error> {
        self.package.check(directory)
    }
}
