//! The multipart form: optional parts, content, and rejections.

use bookstore::Error;
use bookstore::operations::books::UploadCoverForm;
use emulations::Bookstore;
use evergrant_sdk::FilePart;
use evergrant_testing::MockResponse;

use crate::common::{builder, client, client_with_key, code, requests};

fn picture(bytes: &[u8]) -> FilePart {
    FilePart::new(bytes.to_vec()).content_type("image/png")
}

#[tokio::test]
async fn optional_parts_are_omitted() {
    let shop = Bookstore::start();
    let form = UploadCoverForm::new(picture(b"x"));
    let cover = client(&shop).books().upload_cover("book-1", form).send().await.unwrap();
    assert_eq!((&cover.caption, &cover.credits), (&None, &None));
    // A file without a name gets that of its part.
    assert_eq!(cover.file_name.as_deref(), Some("cover"));
    let request = shop.api_requests().pop().unwrap();
    let content_type = request.header("content-type").unwrap();
    assert!(
        content_type.starts_with("multipart/form-data; boundary="),
        "{content_type}"
    );
    let length: usize = request.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, request.body.len());
}

#[tokio::test]
async fn bytes_and_texts_arrive_unchanged() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let tricky = b"\r\n--boundary\r\n\r\n--".to_vec();
    for bytes in [every_byte, tricky, Vec::new()] {
        let caption = "Ein \"Drache\"\r\nschläft; name=\"cover\"";
        let form = UploadCoverForm::new(picture(&bytes).file_name("a \"b\"\r\n.png")).caption(caption);
        let cover = client.books().upload_cover("book-1", form).send().await.unwrap();
        assert_eq!(cover.caption.as_deref(), Some(caption));
        assert_eq!(usize::try_from(cover.size), Ok(bytes.len()));
        assert_eq!(shop.cover("book-1").unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_picture_from_a_file_has_the_name_of_the_file() {
    let shop = Bookstore::start();
    let file = std::env::temp_dir().join(format!("bookstore-cover-{}.png", std::process::id()));
    std::fs::write(&file, b"\x89PNG").unwrap();
    let part = FilePart::from_path(&file);
    std::fs::remove_file(&file).unwrap();
    let form = UploadCoverForm::new(part.unwrap().content_type("image/png"));
    let cover = client(&shop).books().upload_cover("book-1", form).send().await.unwrap();
    assert_eq!(cover.file_name.as_deref(), file.file_name().unwrap().to_str());
    assert_eq!(shop.cover("book-1").unwrap(), b"\x89PNG");
}

#[tokio::test]
async fn a_rejected_form_returns_a_typed_error() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let text = UploadCoverForm::new(FilePart::new(b"x".to_vec()).content_type("text/plain"));
    let outcome = client.books().upload_cover("book-1", text).send().await;
    assert_eq!(code(outcome), (400, "bad_request".to_owned()));
    let form = UploadCoverForm::new(picture(b"x"));
    let outcome = client.books().upload_cover("book-9", form).send().await;
    assert_eq!(code(outcome), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_rejected_key_is_not_sent_again() {
    let shop = Bookstore::start();
    let form = UploadCoverForm::new(picture(b"x"));
    let wrong = client_with_key(&shop, "not-a-real-key-either");
    let outcome = wrong.books().upload_cover("book-1", form.clone()).send().await;
    assert_eq!(code(outcome), (401, "unauthorized".to_owned()));
    assert_eq!(requests(&shop), (0, 1));
    assert_eq!(shop.cover("book-1"), None);

    // A correct key is not sent again either, since it cannot be renewed. No token is fetched instead.
    shop.api().next(MockResponse::new(401));
    let outcome = client(&shop).books().upload_cover("book-1", form.clone()).send().await;
    assert_eq!(outcome.unwrap_err().status().unwrap(), 401);
    assert_eq!(requests(&shop), (0, 2));

    let without_credentials = builder(&shop).build().unwrap();
    let error = without_credentials
        .books()
        .upload_cover("book-1", form)
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Authorization(_)), "{error}");
    assert_eq!(requests(&shop), (0, 2));
}
