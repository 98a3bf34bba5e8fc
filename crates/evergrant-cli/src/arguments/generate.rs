//! The arguments of `evergrant generate`, and those for the description.

use std::path::PathBuf;

use clap::{Args, ValueHint};

#[derive(Args)]
pub(crate) struct DescriptionArgs {
    /// The OpenAPI 3.0, 3.1 or 3.2 description: a YAML or JSON file, or - for standard input
    #[arg(value_name = "SPEC", value_hint = ValueHint::FilePath)]
    pub(crate) spec: PathBuf,

    /// An overlay (OpenAPI Overlay 1.0) to apply to the description; may be repeated, and is applied in order
    #[arg(long = "overlay", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) overlays: Vec<PathBuf>,

    /// The package name, such as book-store [default: x-evergrant-package, or the title]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Args)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(crate) description: DescriptionArgs,

    /// The package directory; created if missing
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,

    /// Leave out operations with problems or with unsupported security, instead of failing
    #[arg(long)]
    pub(crate) allow_skip: bool,

    /// Write nothing; list the files that would change, and exit with 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,

    /// The source of the evergrant-sdk dependency: `registry`, or the path of evergrant's source code [default:
    /// unchanged in an existing Cargo.toml; in a new one, the source code that this program was built from if it still
    /// exists, otherwise the registry]
    #[arg(long, value_name = "registry|PATH", value_hint = ValueHint::DirPath, value_parser = runtime)]
    pub(crate) runtime: Option<RuntimeChoice>,
}

/// The source of a generated package's runtime.
#[derive(Debug, Clone)]
pub(crate) enum RuntimeChoice {
    Registry,
    /// The path of a checkout, or of the crate in it.
    Source(PathBuf),
}

/// Parses the source. The directory is checked later, when it is used.
fn runtime(text: &str) -> Result<RuntimeChoice, String> {
    match text {
        "" => Err("use `registry` or a path".to_owned()),
        "registry" => Ok(RuntimeChoice::Registry),
        path => Ok(RuntimeChoice::Source(path.into())),
    }
}
