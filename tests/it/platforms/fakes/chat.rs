//! Chat.

use serde_json::{Value, json};

use super::*;

pub fn respond(platform: &str, request: &Request) -> Option<Answer> {
    Some(match platform {
        "slack" => match slack(request) {
            Ok(()) => answer(200, "ok"),
            Err(what) => answer(400, format!("invalid_blocks: {what}")),
        },
        "discord" => match discord(request) {
            Ok(()) => answer(204, ""),
            Err(what) => answer(400, json!({"message": format!("Invalid Form Body: {what}"), "code": 50035})),
        },
        "telegram" => match telegram(request) {
            Ok(()) => answer(200, json!({"ok": true, "result": {"message_id": 1}})),
            Err(what) => {
                answer(400, json!({"ok": false, "error_code": 400, "description": format!("Bad Request: {what}")}))
            }
        },
        "teams" => match teams(request) {
            Ok(()) => answer(202, ""),
            Err(what) => answer(400, json!({"error": {"code": "InvalidRequest", "message": what}})),
        },
        "mattermost" => match mattermost(request) {
            Ok(()) => answer(200, "ok"),
            Err(what) => answer(400, json!({"id": "api.incoming_webhook", "message": what, "status_code": 400})),
        },
        "rocketchat" => match rocketchat(request) {
            Ok(()) => answer(200, json!({"success": true})),
            Err(what) => answer(400, json!({"success": false, "error": what})),
        },
        "googlechat" => match googlechat(request) {
            Ok(()) => answer(200, json!({"name": "spaces/A/messages/B"})),
            Err(what) => answer(400, json!({"error": {"code": 400, "message": what, "status": "INVALID_ARGUMENT"}})),
        },
        "zulip" => match zulip(request) {
            Ok(()) => answer(200, json!({"id": 1, "msg": "", "result": "success"})),
            Err(what) => answer(400, json!({"msg": what, "result": "error", "code": "BAD_REQUEST"})),
        },
        "matrix" => match matrix(request) {
            Ok(()) => answer(200, json!({"event_id": "$x"})),
            Err(what) => answer(400, json!({"errcode": "M_BAD_JSON", "error": what})),
        },
        "webex" => match webex(request) {
            Ok(()) => answer(204, ""),
            Err(what) => answer(400, json!({"message": what})),
        },
        "feishu" => match feishu(request) {
            Ok(()) => answer(200, json!({"code": 0, "msg": "success", "data": {}})),
            Err(what) => answer(200, json!({"code": 9499, "msg": what})),
        },
        "wecom" => match wecom(request) {
            Ok(()) => answer(200, json!({"errcode": 0, "errmsg": "ok"})),
            Err(what) => answer(200, json!({"errcode": 40058, "errmsg": what})),
        },
        "dingtalk" => match dingtalk(request) {
            Ok(()) => answer(200, json!({"errcode": 0, "errmsg": "ok"})),
            Err(what) => answer(200, json!({"errcode": 460101, "errmsg": what})),
        },
        _ => return None,
    })
}

/// https://docs.slack.dev/reference/block-kit/blocks
fn slack(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    for attachment in items(&body, "/attachments", 1, 20)? {
        text_if_any(attachment, "/fallback", 3000)?;
        let color = text(attachment, "/color", 7)?;
        need(color.starts_with('#') && color.len() == 7, "color")?;
        if attachment.get("blocks").is_none() {
            web_link(attachment, "/image_url", 3000)?;
            need(attachment.get("image_url").is_some(), "an attachment with nothing to see")?;
            continue;
        }
        for block in items(attachment, "/blocks", 1, 50)? {
            match text(block, "/type", 40)? {
                "header" => {
                    need(block["text"]["type"] == "plain_text", "header text")?;
                    slack_text(text(block, "/text/text", 150)?)?;
                }
                "section" if block.get("text").is_some() => slack_text(text(block, "/text/text", 3000)?)?,
                "section" => {
                    for field in items(block, "/fields", 1, 10)? {
                        slack_text(text(field, "/text", 2000)?)?;
                    }
                }
                "context" => {
                    for element in items(block, "/elements", 1, 10)? {
                        slack_text(text(element, "/text", 3000)?)?;
                    }
                }
                other => return Err(format!("block {other}")),
            }
        }
    }
    Ok(())
}

/// `&`, `<` and `>` are control characters: an event's text must not call a channel.
fn slack_text(text: &str) -> Checked {
    for (place, _) in text.match_indices('&') {
        let rest = &text[place..];
        need(["&amp;", "&lt;", "&gt;"].iter().any(|escape| rest.starts_with(escape)), format!("bare & in {rest:.40}"))?;
    }
    for part in text.split('<').skip(1) {
        let (link, _) = part.split_once('>').ok_or("an open <")?;
        need(link.starts_with("http") || link.starts_with("!date^"), format!("<{link}> is no link"))?;
    }
    Ok(())
}

/// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
fn discord(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    need(body["allowed_mentions"]["parse"].as_array().is_some_and(Vec::is_empty), "everybody could be called")?;
    text_if_any(&body, "/content", 2000)?;
    let mut sum = 0;
    for embed in items(&body, "/embeds", 1, 10)? {
        let names =
            ["title", "description", "url", "color", "fields", "footer", "timestamp", "image", "thumbnail", "author"];
        only(embed, &names)?;
        sum += utf16(text(embed, "/title", 256)?);
        text_if_any(embed, "/description", 4096)?;
        sum += utf16(embed["description"].as_str().unwrap_or_default());
        sum += utf16(text(embed, "/footer/text", 2048)?);
        for field in items(embed, "/fields", 0, 25)? {
            sum += utf16(text(field, "/name", 256)?) + utf16(text(field, "/value", 1024)?);
            need(field["inline"].is_boolean(), "inline")?;
        }
        need(embed["color"].as_u64().is_some_and(|color| color <= 0xff_ffff), "color")?;
        web_link(embed, "/url", 2048)?;
        web_link(embed, "/image/url", 2048)?;
        rfc3339(&embed["timestamp"])?;
    }
    need(sum <= 6000, format!("{sum} characters in embeds"))
}

fn rfc3339(value: &Value) -> Checked {
    let text = value.as_str().ok_or("no time")?;
    text.parse::<jiff::Timestamp>().map(drop).map_err(|error| error.to_string())
}

/// https://core.telegram.org/bots/api#sendmessage and #html-style
fn telegram(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    text(&body, "/chat_id", 64)?;
    need(body.get("message_thread_id").is_none_or(Value::is_i64), "message_thread_id")?;
    need(body["parse_mode"] == "HTML", "parse_mode")?;
    let visible =
        html(body["text"].as_str().ok_or("message text is empty")?, &["b", "a", "i", "u", "s", "code", "pre"])?;
    need(!visible.trim().is_empty(), "message text is empty")?;
    need(utf16(&visible) <= 4096, "message is too long")
}

/// The text that an HTML fragment shows; its tags have to be known and in order.
fn html(text: &str, tags: &[&str]) -> Result<String, String> {
    let (mut shown, mut open, mut rest) = (String::new(), Vec::new(), text);
    while let Some(c) = rest.chars().next() {
        match c {
            '<' => {
                let (tag, after) = rest[1..].split_once('>').ok_or("a tag does not end")?;
                rest = after;
                if let Some(name) = tag.strip_prefix('/') {
                    need(open.pop() == Some(name), format!("</{name}> was not open"))?;
                } else if !tag.ends_with('/') {
                    let name = tag.split_whitespace().next().unwrap_or_default();
                    need(tags.contains(&name), format!("unsupported start tag \"{name}\""))?;
                    need(tag.matches('"').count() % 2 == 0, format!("quotes in {tag}"))?;
                    open.push(name);
                }
            }
            '>' => return Err("a bare >".into()),
            '&' => {
                let (name, after) = rest[1..].split_once(';').ok_or("a bare &")?;
                shown.push(match name {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "#39" => '\'',
                    _ => return Err(format!("unsupported entity {name:.20}")),
                });
                rest = after;
            }
            c => {
                shown.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    need(open.is_empty(), format!("{open:?} stay open"))?;
    Ok(shown)
}

/// "The message size limit is 28 KB"; cards of Bot Framework's attachment form.
fn teams(request: &Request) -> Checked {
    request.post()?;
    // As the workflow hands it on: a text in another document.
    let escaped = serde_json::to_string(&String::from_utf8_lossy(&request.body)).map_err(|error| error.to_string())?;
    need(escaped.len() <= 28 * 1024, format!("{} bytes", escaped.len()))?;
    let body = request.json()?;
    need(body["type"] == "message", "type")?;
    for attachment in items(&body, "/attachments", 1, 10)? {
        need(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", "contentType")?;
        let card = &attachment["content"];
        need(card["type"] == "AdaptiveCard" && card["version"].is_string(), "no card")?;
        items(card, "/body", 1, 100)?;
        web_link(card, "/actions/0/url", 2048)?;
    }
    Ok(())
}

/// MaxPostSize is 16,383 characters.
fn mattermost(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    text_if_any(&body, "/text", 16_383)?;
    for attachment in items(&body, "/attachments", 1, 10)? {
        no_calls(text(attachment, "/title", 2000)?)?;
        text_if_any(attachment, "/text", 16_383)?;
        no_calls(attachment["text"].as_str().unwrap_or_default())?;
        for field in items(attachment, "/fields", 0, 50)? {
            text(field, "/title", 1000)?;
            no_calls(text(field, "/value", 4000)?)?;
        }
        web_link(attachment, "/title_link", 2048)?;
    }
    Ok(())
}

fn no_calls(text: &str) -> Checked {
    let called = ["@all", "@channel", "@here", "@everyone"].into_iter().find(|name| text.contains(name));
    need(called.is_none(), format!("{called:?} is called"))
}

/// Message_MaxAllowedSize is 5,000.
fn rocketchat(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    no_calls(text(&body, "/text", 5000)?)?;
    for attachment in items(&body, "/attachments", 0, 10)? {
        text_if_any(attachment, "/text", 5000)?;
        no_calls(attachment["text"].as_str().unwrap_or_default())?;
        for field in items(attachment, "/fields", 0, 50)? {
            text(field, "/title", 1000)?;
            no_calls(text(field, "/value", 5000)?)?;
        }
    }
    Ok(())
}

/// "The maximum message size, including text and cards, is 32,000 bytes."
fn googlechat(request: &Request) -> Checked {
    request.post()?;
    request.fits(32_000)?;
    need(request.target.contains("requestId=dlv_"), "requestId")?;
    let body = request.json()?;
    only(&body, &["text", "cardsV2", "thread", "fallbackText"])?;
    let cards = items(&body, "/cardsV2", 1, 1)?;
    text(&cards[0], "/card/header/title", 300)?;
    let mut widgets = 0;
    for section in items(&cards[0], "/card/sections", 1, 10)? {
        for widget in items(section, "/widgets", 1, 100)? {
            widgets += 1;
            only(widget, &["textParagraph", "decoratedText", "buttonList"])?;
            for pointer in ["/textParagraph/text", "/decoratedText/text"] {
                if widget.pointer(pointer).is_some() {
                    html(text(widget, pointer, 32_000)?, &["b", "i", "u", "a", "font"])?;
                }
            }
        }
    }
    need(widgets <= 100, format!("{widgets} widgets"))
}

/// https://zulip.com/api/send-message: max_message_length 10,000 and max_topic_length 60, in code points.
fn zulip(request: &Request) -> Checked {
    request.post()?;
    need(request.header("authorization").starts_with("Basic "), "Missing authorization header")?;
    let form = request.form()?;
    need(form["type"] == "stream" || form["type"] == "channel", "Invalid type")?;
    need(form["to"].as_str().is_some_and(|to| !to.is_empty()), "Missing stream")?;
    let length = |name: &str| form[name].as_str().map_or(0, |text| text.trim().chars().count());
    need((1..=60).contains(&length("topic")), format!("topic of {}", length("topic")))?;
    need((1..=10_000).contains(&length("content")), format!("content of {}", length("content")))?;
    let content = form["content"].as_str().unwrap_or_default();
    need(!content.contains("@**") && !content.contains("@_**"), "somebody is called")
}

/// https://spec.matrix.org/latest/client-server-api/#size-limits, with room for what the server adds.
fn matrix(request: &Request) -> Checked {
    need(request.method == "PUT", "method")?;
    request.bearer()?;
    request.fits(65_536 - 4096)?;
    let transaction = request.target.rsplit_once("/send/m.room.message/").ok_or("no transaction id")?.1;
    need(transaction.starts_with("dlv_"), "transaction id")?;
    let body = request.json()?;
    need(body["msgtype"] == "m.text", "msgtype")?;
    text(&body, "/body", 60_000)?;
    need(body["format"] == "org.matrix.custom.html", "format")?;
    let tags = ["h4", "font", "p", "ul", "li", "strong", "a"];
    html(text(&body, "/formatted_body", 60_000)?, &tags).map(drop)
}

fn webex(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    let markdown = text(&body, "/markdown", 7439)?;
    need(markdown.len() <= 7439, "too long")?;
    need(!markdown.contains("<@"), "somebody is called")
}

fn feishu(request: &Request) -> Checked {
    request.post()?;
    request.fits(20 * 1024)?;
    let body = request.json()?;
    need(body["msg_type"] == "interactive", "msg_type")?;
    text(&body, "/card/header/title/content", 20_000)?;
    items(&body, "/card/elements", 1, 50).map(drop)
}

fn wecom(request: &Request) -> Checked {
    request.post()?;
    let body = request.json()?;
    need(body["msgtype"] == "markdown", "msgtype")?;
    need(text(&body, "/markdown/content", 4096)?.len() <= 4096, "too long")
}

fn dingtalk(request: &Request) -> Checked {
    request.post()?;
    request.fits(20_000)?;
    let body = request.json()?;
    need(body["msgtype"] == "markdown", "msgtype")?;
    text(&body, "/markdown/title", 20_000)?;
    need(text(&body, "/markdown/text", 20_000)?.contains("lanehook"), "keywords not in content")
}
