//! A description as the command line names it: from a file or standard input, changed by its overlays.

use std::path::Path;

use evergrant_openapi::{Document, Generator};

use crate::cli::DescriptionArgs;
use crate::failure::Failure;

/// What everything that is done with a description starts from.
pub(super) fn generator(args: &DescriptionArgs) -> Result<Generator, Failure> {
    let mut document = read(&args.spec)?;
    for overlay in &args.overlays {
        document.overlay(overlay)?;
    }
    let generator = Generator::new(document);
    Ok(match &args.name {
        Some(name) => generator.name(name),
        None => generator,
    })
}

fn read(path: &Path) -> Result<Document, Failure> {
    if path != Path::new("-") {
        return Ok(Document::read(path)?);
    }
    let stdin = std::io::stdin().lock();
    Ok(Document::read_from("the description on standard input", stdin)?)
}
