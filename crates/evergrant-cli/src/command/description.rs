//! A description as the command line names it: from a file or standard input, changed by its overlays.

use std::io::Read as _;
use std::path::Path;

use evergrant_openapi::{Document, Generator};

use crate::cli::DescriptionArgs;
use crate::failure::{Failure, local};

/// As for a file.
const LARGEST: u64 = 64 * 1024 * 1024;

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
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| local("cannot read the description on standard input", error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::usage(
            "the description on standard input is larger than 64 MiB",
        ));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| Failure::usage("the description on standard input is not UTF-8 text"))?;
    Ok(Document::parse("the description on standard input", &text)?)
}
