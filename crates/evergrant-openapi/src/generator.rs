//! The generator, which creates an SDK from an OpenAPI description.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::api::{Api, Unsupported};
use crate::errors_and_warnings::{Error, Pointer, Problem};
use crate::inspect::Report;
use crate::limits::{Budget, FILES, OUTPUT};
use crate::package::{self, Difference, Runtime, WriteSummary};
use crate::parsed_description::Document;
use crate::{codegen, sdk_docs};

/// A generator that creates an SDK (a Rust client) from an OpenAPI description.
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

/// A generated SDK, in memory. [`write`](Self::write) writes its package to a directory.
#[derive(Debug, Clone)]
pub struct Sdk {
    package: package::Contents,
    api: Arc<Api>,
    /// Generated on first use, as packages do not need it.
    module: OnceLock<String>,
}

impl Generator {
    /// Creates a generator for an OpenAPI description.
    pub fn new(document: Document) -> Self {
        Self {
            document,
            name: None,
            unsupported: Unsupported::Reject,
            runtime: Runtime::Unchanged,
        }
    }

    /// Sets the name of the generated package. The default is the extension `x-evergrant-package` in the OpenAPI
    /// description, or else a name derived from the description's title.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Leaves out operations that have a problem ([`Error::Description`]), and operations that require a security
    /// scheme that is not supported ([`Error::Security`]). By default, both are errors. An operation is never generated
    /// without its security.
    pub fn allow_skip(mut self) -> Self {
        self.unsupported = Unsupported::Skip;
        self
    }

    /// Sets where the `Cargo.toml` of the package takes the crate `evergrant-sdk` from. By default, an existing package
    /// keeps its source, and a new package uses the registry.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// Generates the SDK in memory. This method writes nothing to disk.
    ///
    /// # Errors
    /// Returns [`Error::Description`] with all problems if the OpenAPI description is invalid, contradicts itself, or
    /// has a reference without a target, and [`Error::Security`] if an operation requires a security scheme that is not
    /// supported, both unless [`allow_skip`](Self::allow_skip) is set. Returns [`Error::Description`] if the
    /// description has an unknown version of OpenAPI, or exceeds a limit on memory or time, which the message names.
    pub fn generate(&self) -> Result<Sdk, Error> {
        let api = Api::read(&self.document, self.name.as_deref(), self.unsupported)?;
        let guides: Vec<String> = sdk_docs::auth_paths(&api).into_iter().map(|(_, path)| path).collect();
        let mut files = codegen::files(&api, &guides)?;
        let readme = sdk_docs::readme(&api);
        let mut output = Budget::of(&OUTPUT);
        let mut spend = |text: &str| {
            output
                .spend(text.len())
                .map_err(|message| Problem::new(&Pointer::root(), message))
        };
        files
            .iter()
            .map(|(_, text)| text)
            .chain([&readme])
            .try_for_each(|text| spend(text))?;
        for (path, page) in sdk_docs::auth(&api) {
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

    /// Reports what would be generated, all problems, and what the OpenAPI description does not specify. Operations
    /// that have a problem or require a security scheme that is not supported are listed as skipped.
    ///
    /// # Errors
    /// Returns the errors that [`generate`](Self::generate) returns with [`allow_skip`](Self::allow_skip).
    pub fn inspect(&self) -> Result<Report, Error> {
        let api = Api::read(&self.document, self.name.as_deref(), Unsupported::Skip)?;
        Ok(Report::of(&api, &self.document))
    }
}

impl Sdk {
    /// Returns the path and the content of each file of the generated package. The paths are relative to the directory
    /// of the package.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.package
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the source code of the SDK as a single module, for use in `build.rs`. The build script writes it to a
    /// file in `OUT_DIR`, and the program reads that file with `include!` inside a `mod`.
    #[must_use]
    pub fn module(&self) -> &str {
        // The same code was formatted without an error when the package's files were generated.
        self.module
            .get_or_init(|| codegen::module(&self.api).unwrap_or_default())
    }

    /// Returns the warnings of the generation. Each warning describes a part of the OpenAPI description that the SDK
    /// handles differently or ignores.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.api.warnings
    }

    /// Returns the operations that were not generated because of [`Generator::allow_skip`], each with the reason.
    #[must_use]
    pub fn skipped(&self) -> &[Problem] {
        &self.api.skipped
    }

    /// Writes the package into `directory`. This method replaces generated files, and removes files that are no longer
    /// generated. `Cargo.toml` and `README.md` keep manual changes. All other files remain unchanged.
    ///
    /// `directory` may be a symbolic link to a directory. Links inside the directory are not followed, so that nothing
    /// outside of it is read, written or removed.
    ///
    /// # Errors
    /// If one of the following errors is returned, nothing was written or removed. [`Error::NotGenerated`]: a file to
    /// be written exists but was not generated. [`Error::UnexpectedFileType`]: a link, a pipe or a device is in place
    /// of a file or directory. [`Error::InvalidFileList`]: the list of generated files in the directory contains a path
    /// that cannot be generated. [`Error::Unmergeable`]: an existing `Cargo.toml` or `README.md` cannot be updated.
    ///
    /// If [`Error::Write`] is returned, some files may already have been written.
    pub fn write(&self, directory: &Path) -> Result<WriteSummary, Error> {
        self.package.write(directory)
    }

    /// Returns the changes that [`write`](Self::write) would make in `directory`. The list is empty if the directory
    /// already contains this SDK.
    ///
    /// # Errors
    /// Returns the errors of [`write`](Self::write).
    pub fn check(&self, directory: &Path) -> Result<Vec<Difference>, Error> {
        self.package.check(directory)
    }
}
