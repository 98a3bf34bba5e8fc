//! A multipart form: uploads a picture with its file name and content type, a caption, and credits as JSON.
//!
//! `cargo run -p bookstore --example upload_cover` starts an emulation of the API and calls it.

use std::error::Error;

use bookstore::evergrant_sdk::FilePart;
use bookstore::models::Credits;
use bookstore::operations::books::UploadCoverForm;
use bookstore::{ApiKeyCredentials, Client};
use emulations::Bookstore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Bookstore::start();
    let client = Client::builder()
        .base_url(emulation.api_url())
        .api_key_credentials(ApiKeyCredentials::new(Bookstore::API_KEY))
        .build()?;

    // `FilePart::from_path` reads a file from disk instead.
    let picture = FilePart::new(b"\x89PNG, not a real picture".to_vec())
        .file_name("dragon.png")
        .content_type("image/png");
    let form = UploadCoverForm::new(picture)
        .caption("A dragon, asleep")
        .credits(Credits::new("A. Nonymous").year(2024));
    let cover = client.books().upload_cover("book-2", form).send().await?;

    println!("{} bytes of {} for {}", cover.size, cover.content_type, cover.book_id);
    assert_eq!(cover.file_name.as_deref(), Some("dragon.png"));
    assert!(
        emulation
            .cover("book-2")
            .is_some_and(|cover| cover.starts_with(b"\x89PNG"))
    );

    // The API rejects a file that is not a picture. The body of its response has a type, too.
    let form = UploadCoverForm::new(b"notes".to_vec());
    let rejected = client.books().upload_cover("book-2", form).send().await;
    let problem = rejected.err().and_then(|error| error.api()?.error().cloned());
    println!("{}", problem.ok_or("the API should reject a text file")?.message);
    Ok(())
}
