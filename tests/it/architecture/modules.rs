//! Which module of a crate uses which, read from its source.
//!
//! Names are followed to where they are defined: a name that `mod.rs` only re-exports counts as a use of the file that
//! defines it. Code that is compiled for tests only does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{Item, UseTree, visit::Visit};

/// A module as its place in the tree: `["lane", "core"]`. The crate's root is empty.
pub type Module = Vec<String>;

/// A crate's modules, each a file.
pub struct Modules(BTreeMap<Module, Source>);

/// What one file says.
#[derive(Default)]
struct Source {
    /// Modules below it that are files.
    children: BTreeSet<String>,
    /// Names it passes on, each with the whole path of what it names.
    passes_on: BTreeMap<String, Module>,
    /// Every path that it names, whole.
    names: BTreeSet<Module>,
}

impl Modules {
    /// Reads the crate whose root is this file.
    pub fn read(root: &Path) -> Modules {
        let mut modules = Modules(BTreeMap::new());
        modules.add(root, Vec::new());
        modules
    }

    fn add(&mut self, file: &Path, module: Module) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let children = parsed.items.iter().filter_map(|item| match item {
            Item::Mod(child) if child.content.is_none() && !is_for_tests(&child.attrs) => Some(child.ident.to_string()),
            _ => None,
        });
        let mut source = Source { children: children.collect(), ..Source::default() };
        let mut reader = Reader { module: &module, source: &mut source };
        reader.visit_file(&parsed);
        let folder = match file.file_name().and_then(|name| name.to_str()) {
            Some("mod.rs" | "lib.rs" | "main.rs") => file.parent().unwrap().to_owned(),
            _ => file.with_extension(""),
        };
        for child in &source.children {
            let below = [module.clone(), vec![child.clone()]].concat();
            let flat = folder.join(format!("{child}.rs"));
            self.add(&if flat.exists() { flat } else { folder.join(child).join("mod.rs") }, below);
        }
        self.0.insert(module, source);
    }

    /// Which module uses which: for each, the modules that define what it names.
    pub fn uses(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let of = |(module, source): (_, &Source)| {
            let used = source.names.iter().filter_map(|name| self.home(name, 0));
            (module, used.filter(|used| used != module).collect())
        };
        self.0.iter().map(of).collect()
    }

    /// The module that defines what this path names.
    fn home(&self, path: &[String], hops: usize) -> Option<Module> {
        let known = (0..=path.len()).rev().find(|&length| self.0.contains_key(&path[..length]))?;
        let (module, source) = self.0.get_key_value(&path[..known])?;
        match path.get(known).and_then(|name| source.passes_on.get(name)) {
            Some(elsewhere) if hops < 8 => {
                let rest = &path[known + 1..];
                self.home(&[elsewhere, rest].concat(), hops + 1)
            }
            _ => Some(module.clone()),
        }
    }
}

struct Reader<'a> {
    module: &'a Module,
    source: &'a mut Source,
}

impl Reader<'_> {
    /// The whole path, if it leads into this crate.
    fn whole(&self, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([self.module, rest].concat()),
            "super" => {
                let parent = self.module.get(..self.module.len().checked_sub(1)?)?;
                let above = Reader { module: &parent.to_vec(), source: &mut Source::default() };
                match rest.first().map(String::as_str) {
                    Some("super") => above.whole(rest),
                    _ => Some([parent, rest].concat()),
                }
            }
            child if self.source.children.contains(child) => Some([self.module, path].concat()),
            _ => None,
        }
    }

    fn used(&mut self, tree: &UseTree, before: &[String], public: bool) {
        let below = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.used(&path.tree, &below(&path.ident), public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.used(tree, before, public)),
            UseTree::Name(name) if name.ident == "self" => self.imported(before.to_vec(), before.last(), public),
            UseTree::Name(name) => self.imported(below(&name.ident), Some(&name.ident.to_string()), public),
            UseTree::Rename(rename) => self.imported(below(&rename.ident), Some(&rename.rename.to_string()), public),
            UseTree::Glob(_) => self.imported(before.to_vec(), None, public),
        }
    }

    fn imported(&mut self, path: Module, name: Option<&String>, public: bool) {
        let Some(whole) = self.whole(&path) else { return };
        match name {
            // What is only passed on is used by whoever takes it.
            Some(name) if public => drop(self.source.passes_on.insert(name.clone(), whole)),
            _ => drop(self.source.names.insert(whole)),
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).is_some_and(is_for_tests) {
            return;
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.used(&item.tree, &[], public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1
            && let Some(whole) = self.whole(&segments)
        {
            self.source.names.insert(whole);
        }
        syn::visit::visit_path(self, path);
    }
}

fn attributes(item: &Item) -> Option<&[syn::Attribute]> {
    Some(match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => return None,
    })
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}
