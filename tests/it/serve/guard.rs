//! Who is let in.

use regex::Regex;

use super::client::Served;
use crate::fixture::Place;

/// Every address of the server, with a name for what stands in braces.
fn addresses() -> Vec<(&'static str, String)> {
    let named = |path: &str| {
        let parts: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect();
        parts.join("/")
    };
    ::serve::routes().map(|(method, path)| (method, named(path))).collect()
}

#[test]
fn without_the_cookie_every_address_answers_403_and_tells_nothing() {
    let place = Place::new();
    let served = Served::closed(&place, &[]);
    let origin = format!("http://{}", served.host);
    let mut all = addresses();
    assert!(all.len() > 15, "{all:?}");
    all.push(("GET", "/nulle-part".into()));

    for (method, path) in &all {
        for cookie in ["", "medicobus=1", "medicobus-0=00000000000000000000000000000000"] {
            let headers = [("Host", served.host.as_str()), ("Origin", &origin), ("Cookie", cookie)];
            let answer = served.raw(method, path, &headers, b"").is(403).says("Accès refusé");
            assert!(!answer.text().contains("depot"), "{path}");
            assert!(answer.header("set-cookie").is_none(), "{path}");
        }
    }
}

#[test]
fn the_printed_address_lets_one_browser_in_once() {
    let place = Place::new();
    let mut served = Served::closed(&place, &[]);
    let wrong = "/entrer?jeton=00000000000000000000000000000000";
    served.get(wrong).is(403);
    served.get("/entrer").is(403);
    // Another machine's name for this server opens nothing, and does not use the token up.
    served.raw("GET", &served.entrance, &[("Host", "exemple.fr")], b"").is(403);

    served.enter();
    served.get("/").is(200);
    let first = std::mem::take(&mut served.cookie);
    served.get(&served.entrance).is(403).says("déjà servi");
    served.cookie = first;
    // Who is in already may open the printed address again.
    served.get(&served.entrance).is(303);
}

#[test]
fn a_page_of_another_site_can_neither_read_nor_post() {
    let place = Place::new();
    let served = Served::start(&place);
    let (host, cookie) = (("Host", served.host.as_str()), ("Cookie", served.cookie.as_str()));
    let ours = format!("http://{}", served.host);

    for (method, path) in addresses() {
        for origin in ["http://exemple.fr", "null", "http://127.0.0.1:1", "https://127.0.0.1"] {
            served.raw(method, &path, &[host, cookie, ("Origin", origin)], b"").is(403);
        }
        for name in ["exemple.fr", "127.0.0.1", "localhost:80", "127.0.0.1:1"] {
            let headers = [("Host", name), cookie, ("Origin", ours.as_str())];
            served.raw(method, &path, &headers, b"").is(403);
        }
        if method == "POST" {
            served.raw(method, &path, &[host, cookie], b"").is(403);
        }
    }
    served.get("/").is(200);
}

#[test]
fn nothing_changes_by_a_link_and_every_answer_forbids_what_is_not_ours() {
    let place = Place::new();
    let served = Served::start(&place);
    let inline = Regex::new(r#"<[^>]* (style|on[a-z]+)="#).unwrap();
    for (_, path) in addresses() {
        let answer = served.get(&path);
        // An address that does something does nothing when it is only opened.
        let readable = addresses().contains(&("GET", path.clone()));
        assert!(readable || answer.status == 405, "{path} : {}", answer.status);

        let policy = answer.header("content-security-policy").unwrap().to_owned();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path} : {policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let page = answer.text();
        assert!(!page.contains("<script>") && !inline.is_match(&page), "{path}");
    }
    assert!(!place.store().exists());
}

#[test]
fn a_store_that_cannot_be_read_is_told_before_anybody_looks() {
    let place = Place::new();
    place.write("depot/_delta_log/00000000000000000000.json", "rien");
    place.medicobus("servir").exits(3).says("dépôt");
}

#[test]
fn it_listens_on_this_machine_alone_and_a_port_that_is_taken_is_told() {
    let place = Place::new();
    let served = Served::start(&place);
    let port = served.host.split(':').next_back().unwrap();
    place
        .medicobus(&format!("servir --port {port}"))
        .exits(3)
        .says("ne s'ouvre pas")
        .says("--port");
    assert!(served.host.starts_with("127.0.0.1:"));
}
