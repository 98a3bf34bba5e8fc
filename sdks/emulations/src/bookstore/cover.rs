//! The upload of a cover: a picture, a caption, and credits in JSON.

use evergrant_testing::RouteRequest;
use serde_json::{Value, json};

use super::books::no_book;
use super::{Shop, admit_key, bad_request};
use crate::answer::{Answered, json, lock, text};
use crate::multipart::parts;

impl Shop {
    pub(super) fn upload_cover(&self, request: &RouteRequest<'_>) -> Answered {
        admit_key(request)?;
        let id = request.value("bookId");
        self.find_book(id).ok_or_else(no_book)?;
        let content_type = request.header("content-type").unwrap_or_default();
        let mut answer = json!({"bookId": id});
        let mut cover = None;
        for part in parts(content_type, &request.body).map_err(bad_request)? {
            match part.name.as_str() {
                "cover" if cover.is_some() => return Err(bad_request("there are two covers")),
                "cover" => {
                    let kind = part.content_type.as_deref().unwrap_or_default();
                    if !["image/png", "image/jpeg"].contains(&kind) {
                        return Err(bad_request("the cover is neither image/png nor image/jpeg"));
                    }
                    answer["contentType"] = kind.into();
                    answer["size"] = part.content.len().into();
                    if let Some(name) = part.file_name {
                        answer["fileName"] = name.into();
                    }
                    cover = Some(part.content.to_vec());
                }
                "caption" => {
                    let caption = std::str::from_utf8(part.content);
                    answer["caption"] = caption.map_err(|_| bad_request("the caption is not text"))?.into();
                }
                "credits" => {
                    let credits: Option<Value> = serde_json::from_slice(part.content).ok();
                    let credits = credits.filter(|credits| text(credits, "artist").is_some());
                    let json = part
                        .content_type
                        .as_deref()
                        .is_some_and(|kind| kind.starts_with("application/json"));
                    let credits = credits.filter(|_| json);
                    answer["credits"] =
                        credits.ok_or_else(|| bad_request("the credits are not JSON with an artist"))?;
                }
                _ => return Err(bad_request("there is a part of another name")),
            }
        }
        let cover = cover.ok_or_else(|| bad_request("there is no cover"))?;
        lock(&self.covers).insert(id.to_owned(), cover);
        Ok(json(200, &answer))
    }
}
