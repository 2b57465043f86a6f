//! The shape of the crates, as `ARCHITECTURE.md` draws it: layers look only down, no file imports itself by way of others, the `impl`
//! blocks of a struct stand in one folder, `unsafe` in few files, and no file grows without end.
//!
//! A file is read as text. Comments and strings do not count; nor do a file's tests, which may look up, but for `unsafe` and for its length.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Lines of a file, its tests included.
const LONGEST: usize = 600;

/// Where a struct that many files extend is extended.
const IMPLS: [(&str, &str); 2] = [("Entry", "shared"), ("Connection", "connection")];

/// Files with `unsafe` code. What each rests on is said there.
const UNSAFE: [&str; 7] = [
    "tshm/src/kernel/lost_pages.rs",
    "tshm/src/kernel/mapping.rs",
    "tshm/src/kernel/os_sync.rs",
    "tshm-node/src/codec.rs",
    "tshm-node/src/coordinator.rs",
    "tshm-node/src/hot.rs",
    "tshm-node/src/inner.rs",
];

/// Who may write to the files of a database is asked in few places: a text, and the files that may hold it.
const ASKING: [(&str, &[&str]); 2] = [
    ("impl Permission for", &["tshm/src/shared/gate.rs"]),
    ("Permit::after", &["tshm/src/connection/undisturbed.rs"]),
];

/// By path below `crates/`.
type Sources = BTreeMap<String, String>;
/// A layer and those it may import, lowest first.
type Layers = Vec<(String, Vec<String>)>;

fn sources() -> Sources {
    fn collect(folder: &Path, root: &Path, found: &mut Sources) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Sources::new();
    collect(&root, &root, &mut found);
    found
}

/// The table whose rows are those of the crate's modules: `| layer | holds | may import |`.
fn layers(document: &str) -> Layers {
    let mut lines = document.lines();
    lines.find(|line| line.starts_with("| layer of the crate |")).unwrap();
    let rows = lines.skip(1).map_while(|line| line.strip_prefix('|'));
    let mut layers = Layers::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let named = match cells[2] {
            "nothing" => Vec::new(),
            "all above" => layers.iter().map(|(layer, _)| layer.clone()).collect(),
            some => some.split(", ").map(str::to_owned).collect(),
        };
        layers.push((cells[0].trim_matches('`').to_owned(), named));
    }
    layers
}

/// The text without comments and without what stands in quotes.
fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => {
                at = chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| at + n);
            }
            ('"', _) => {
                at += 1;
                while at < chars.len() && chars[at] != '"' {
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                at += 1;
            }
            // A character, and not a lifetime.
            ('\'', Some('\\')) => at += 4,
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at += 3,
            (c, _) => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

/// The code without the file's tests, which come last.
fn own_code(name: &str, text: &str) -> String {
    let is_test = name.ends_with("/tests.rs") || name.ends_with("/testing.rs");
    if is_test {
        String::new()
    } else {
        code(text).split("#[cfg(test)]").next().unwrap().to_owned()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What follows each `word` that is not part of a longer one.
fn after<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let is_whole = !code[..at].ends_with(is_word)
            && (word.ends_with("::") || !code[at + word.len()..].starts_with(is_word));
        is_whole.then(|| &code[at + word.len()..])
    })
}

fn first_word(code: &str) -> &str {
    code.split(|c| !is_word(c)).next().unwrap()
}

/// The modules that the code names: layer and file, or layer alone where that is a file.
fn imports(code: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for path in after(code, "crate::") {
        let layer = first_word(path);
        let rest = &path[layer.len()..];
        let mut add = |file: &str| found.insert((layer.to_owned(), file.to_owned()));
        match rest.strip_prefix("::") {
            Some(group) if group.starts_with('{') => {
                let mut depth = 0;
                let mut is_first = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 1 => is_first = true,
                        _ if depth == 1 && is_first && is_word(c) => {
                            add(first_word(&group[at..]));
                            is_first = false;
                        }
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            Some(file) => {
                add(first_word(file));
            }
            None => {
                add("");
            }
        }
    }
    found
}

/// The files of the crate that has layers: name, layer, name without folder, and code.
fn files(sources: &Sources) -> Vec<(&str, &str, &str, String)> {
    sources
        .iter()
        .filter(|(name, _)| name.starts_with("tshm/src/") && *name != "tshm/src/lib.rs")
        .map(|(name, text)| {
            let path = name["tshm/src/".len()..].trim_end_matches(".rs");
            let (layer, file) = path.split_once('/').unwrap_or((path, ""));
            (name.as_str(), layer, file, own_code(name, text))
        })
        .filter(|(.., code)| !code.is_empty())
        .collect()
}

fn looks_up(sources: &Sources, layers: &Layers) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, (layer, below)) in layers.iter().enumerate() {
        for named in below {
            if !layers[..index].iter().any(|(lower, _)| lower == named) {
                problems.push(format!("the table: {layer} may not import {named}"));
            }
        }
    }
    for (name, layer, _, code) in files(sources) {
        let Some((_, below)) = layers.iter().find(|(known, _)| known == layer) else {
            problems.push(format!("{name}: {layer} is no layer"));
            continue;
        };
        for (imported, _) in imports(&code) {
            if imported != layer && !below.contains(&imported) {
                problems.push(format!("{name}: {layer} imports {imported}"));
            }
        }
        if after(&code, "super::").next().is_some() {
            problems.push(format!("{name}: an import by super:: does not say from where"));
        }
    }
    problems
}

/// What is left out as a file's tests is no more than that.
fn hidden(sources: &Sources) -> Vec<String> {
    let is_hiding = |text: &str| {
        let code = code(text);
        code.split_once("#[cfg(test)]").is_some_and(|(_, tests)| {
            let is_module = tests.trim_start().starts_with("mod tests");
            let after_it = tests.split_once("\n}\n").map_or("", |(_, rest)| rest);
            !is_module || !after_it.trim().is_empty()
        })
    };
    let found = files(sources).into_iter().filter(|(name, ..)| is_hiding(&sources[*name]));
    found.map(|(name, ..)| format!("{name}: its tests do not come last")).collect()
}

fn circles(sources: &Sources) -> Vec<String> {
    let files = files(sources);
    let imported = |(_, layer, file, code): &(&str, &str, &str, String)| -> Vec<usize> {
        let named = imports(code);
        let is_named = |other: &(&str, &str, &str, String)| {
            other.1 == *layer
                && other.2 != *file
                && named.contains(&(other.1.to_owned(), other.2.to_owned()))
        };
        (0..files.len()).filter(|index| is_named(&files[*index])).collect()
    };
    let edges: Vec<Vec<usize>> = files.iter().map(imported).collect();
    let mut problems = Vec::new();
    for start in 0..files.len() {
        let mut reached = BTreeSet::new();
        let mut next = edges[start].clone();
        while let Some(index) = next.pop() {
            if reached.insert(index) {
                next.extend(&edges[index]);
            }
        }
        if reached.contains(&start) {
            problems.push(format!("{}: imports itself, by way of others", files[start].0));
        }
    }
    problems
}

fn impls_elsewhere(sources: &Sources) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, layer, _, code) in files(sources) {
        for line in code.lines().filter(|line| line.trim_start().starts_with("impl")) {
            let header = line.split('{').next().unwrap();
            let subject = header.rsplit(" for ").next().unwrap().trim_start_matches("impl").trim();
            for (subject_of, folder) in IMPLS {
                if first_word(subject) == subject_of && layer != folder {
                    problems.push(format!("{name}: {subject_of} is extended in {folder}/"));
                }
            }
        }
    }
    problems
}

fn unsafe_elsewhere(sources: &Sources) -> Vec<String> {
    let is_unsafe = |text: &str| {
        let code = code(text);
        after(&code, "unsafe").next().is_some() || after(&code, "unsafe_code").next().is_some()
    };
    let found = sources.iter().filter(|(name, text)| {
        !name.contains("/tests/") && !UNSAFE.contains(&name.as_str()) && is_unsafe(text)
    });
    found.map(|(name, _)| format!("{name}: unsafe")).collect()
}

fn asks_elsewhere(sources: &Sources) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, _, _, code) in files(sources) {
        for (text, places) in ASKING {
            if code.contains(text) && !places.contains(&name) {
                problems.push(format!("{name}: {text}"));
            }
        }
    }
    problems
}

fn too_long(sources: &Sources) -> Vec<String> {
    let lines = |text: &String| text.lines().count();
    let found = sources.iter().filter(|(_, text)| lines(text) > LONGEST);
    found.map(|(name, text)| format!("{name}: {} lines", lines(text))).collect()
}

fn drawn() -> Layers {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md");
    layers(&std::fs::read_to_string(path).unwrap())
}

const NONE: [String; 0] = [];

#[test]
fn layers_look_only_down() {
    assert_eq!(looks_up(&sources(), &drawn()), NONE);
}

#[test]
fn tests_come_last() {
    assert_eq!(hidden(&sources()), NONE);
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    assert_eq!(circles(&sources()), NONE);
}

#[test]
fn a_struct_is_extended_in_one_folder() {
    assert_eq!(impls_elsewhere(&sources()), NONE);
}

#[test]
fn few_files_have_unsafe_code() {
    assert_eq!(unsafe_elsewhere(&sources()), NONE);
}

#[test]
fn whoever_writes_has_asked_at_the_gate() {
    assert_eq!(asks_elsewhere(&sources()), NONE);
}

#[test]
fn no_file_is_too_long() {
    assert_eq!(too_long(&sources()), NONE);
}

/// The rules on a crate of two layers, one of them a file.
#[test]
fn each_rule_finds_what_it_forbids() {
    let drawn = layers(
        "| layer of the crate | holds | may import |\n|---|---|---|\n| `low` | | nothing |\n| `top` | | low |\n\n",
    );
    let with = |files: &[(&str, &str)]| -> Sources {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let fine = with(&[
        ("tshm/src/low/a.rs", "use crate::low::b::B;\nfn f<'a>(c: char) { c == '\"' }\n"),
        ("tshm/src/low/b.rs", "// use crate::top;\nconst C: &str = \"crate::top\";\n"),
        ("tshm/src/top.rs", "use crate::low::{a::{self, x::y}, b};\n"),
        (
            "tshm/src/low/c.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::top::T;\n}\n",
        ),
    ]);
    assert_eq!(looks_up(&fine, &drawn), NONE);
    assert_eq!((circles(&fine), impls_elsewhere(&fine)), (vec![], vec![]));

    for text in
        ["use crate::top::T;", "let x = crate::top::f();", "use crate::Root;", "use super::b;"]
    {
        let wrong = with(&[("tshm/src/low/a.rs", text)]);
        assert_eq!(looks_up(&wrong, &drawn).len(), 1, "{text}");
    }
    assert_eq!(looks_up(&with(&[("tshm/src/other/a.rs", "fn f() {}")]), &drawn).len(), 1);
    let upwards = vec![("low".to_owned(), vec!["top".to_owned()]), ("top".to_owned(), vec![])];
    assert_eq!(looks_up(&with(&[]), &upwards).len(), 1);

    for text in [
        "fn f() {}\n#[cfg(test)]\nmod tests {\n}\nfn g() {}\n",
        "fn f() {}\n#[cfg(test)]\nuse crate::top::T;\n",
    ] {
        assert_eq!(hidden(&with(&[("tshm/src/low/a.rs", text)])).len(), 1, "{text}");
    }
    assert_eq!(hidden(&fine), NONE);

    let circle = with(&[
        ("tshm/src/low/a.rs", "use crate::low::{x, b::B};"),
        ("tshm/src/low/b.rs", "fn f() { crate::low::c::f() }"),
        ("tshm/src/low/c.rs", "use crate::low::a;"),
    ]);
    assert_eq!(circles(&circle).len(), 3);

    for text in ["impl Entry {", "impl Drop for Connection {", "    impl<'a> X<'a> for Entry {"] {
        let wrong = with(&[("tshm/src/low/a.rs", text)]);
        assert_eq!(impls_elsewhere(&wrong).len(), 1, "{text}");
    }
    for text in
        ["unsafe { f() }", "#![allow(unsafe_code)]", "#[cfg(test)]\nmod tests {\n unsafe {}\n}"]
    {
        assert_eq!(unsafe_elsewhere(&with(&[("tshm/src/low/a.rs", text)])).len(), 1, "{text}");
    }
    for text in ["impl Permission for Mine {}", "Permit::after(|| Ok(()))"] {
        assert_eq!(asks_elsewhere(&with(&[("tshm/src/low/a.rs", text)])).len(), 1, "{text}");
    }
    assert_eq!(too_long(&with(&[("tshm/src/low/a.rs", &"\n".repeat(LONGEST + 1))])).len(), 1);
    assert_eq!(too_long(&with(&[("tshm/src/low/a.rs", &"\n".repeat(LONGEST))])), NONE);
}
