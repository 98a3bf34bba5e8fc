//! The arguments of `evergrant generate`, and which description is meant.

use std::path::PathBuf;

use clap::{Args, ValueHint};

#[derive(Args)]
pub(crate) struct DescriptionArgs {
    /// The OpenAPI 3.0 or 3.1 description: a YAML or JSON file, or - for standard input
    #[arg(value_name = "SPEC", value_hint = ValueHint::FilePath)]
    pub(crate) spec: PathBuf,

    /// An overlay (OpenAPI Overlay 1.0) that changes the description before it is read; may be repeated, and is taken in order
    #[arg(long = "overlay", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) overlays: Vec<PathBuf>,

    /// The package's name, such as book-store [default: what x-evergrant-package says, or the title]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Args)]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(crate) description: DescriptionArgs,

    /// The package's directory; made if it is not there
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,

    /// Leave out operations whose security is not supported, instead of failing
    #[arg(long)]
    pub(crate) allow_skip: bool,

    /// Write nothing; name the files that differ from what would be written, and exit with 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,

    /// Where the package takes evergrant-sdk from: `registry`, or the path of evergrant's source
    /// [default: what its Cargo.toml says already; in a new one, the source that this program was built from while it is there,
    /// and else the registry]
    #[arg(long, value_name = "registry|PATH", value_hint = ValueHint::DirPath, value_parser = runtime)]
    pub(crate) runtime: Option<RuntimeChoice>,
}

/// Where the runtime of a generated package comes from.
#[derive(Debug, Clone)]
pub(crate) enum RuntimeChoice {
    Registry,
    /// A checkout, or the crate within it.
    Source(PathBuf),
}

/// Whatever a path is: the directory is looked at when it is needed.
fn runtime(text: &str) -> Result<RuntimeChoice, String> {
    match text {
        "" => Err("give `registry`, or a path".to_owned()),
        "registry" => Ok(RuntimeChoice::Registry),
        path => Ok(RuntimeChoice::Source(path.into())),
    }
}
