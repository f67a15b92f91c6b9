//! Writes mutants into a copy of realint's sources: small changes, each of them asleep until the environment
//! variable `MUTANT` has its number. So one build serves all of them.
//!
//! ```text
//! realint-mutants FROM TO LEFT_OUT FILE...
//! ```
//!
//! reads each `FILE` in the folder `FROM`, and writes it with its mutants to the folder `TO`; what asks for
//! `MUTANT` is added to `src/lib.rs` there. `LEFT_OUT` has the numbers of mutants that are not to be written,
//! with commas between them: they keep their numbers, so that all others keep theirs. The table of all mutants
//! goes to standard output, one a line: number, place, function, change and the text that is changed, with
//! tabs between them. `mutants/run` starts it.

use std::collections::HashSet;
use std::path::Path;
use std::{env, fs, io, mem};

use proc_macro2::Literal;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, BinOp, Block, Expr, ImplItem, Item, ReturnType, Signature, Stmt, Type, UnOp, parse_quote};

/// What is added to `src/lib.rs`.
const SWITCH: &str = r#"
/// Whether a mutant is awake.
pub(crate) fn mutant(number: u32) -> bool {
    static AWAKE: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    *AWAKE.get_or_init(|| std::env::var("MUTANT").ok()?.parse().ok()) == Some(number)
}
"#;

/// The table shows no more characters of a text than this.
const LONGEST_TEXT: usize = 160;

/// Goes through the syntax of files and puts mutants in.
struct Mutator {
    /// The path of the file that is gone through, in the repository.
    file: String,
    /// The name of the innermost function around.
    function: String,
    /// The number of the last mutant.
    last: u32,
    left_out: HashSet<u32>,
    table: String,
}

impl Mutator {
    /// Numbers a mutant and puts it into the table. `change` says what is done to `text` in a line of the file.
    /// Gives an expression that asks whether it is awake; `None` for one that is not to be written.
    fn enter(&mut self, line: usize, change: &str, text: &dyn ToTokens) -> Option<Expr> {
        self.last += 1;
        let text: String = text.to_token_stream().to_string().chars().take(LONGEST_TEXT).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (number, file, function) = (self.last, &self.file, &self.function);
        self.table.push_str(&format!("{number}\t{file}:{line}\t{function}\t{change}\t{text}\n"));
        let literal = Literal::u32_unsuffixed(number);
        (!self.left_out.contains(&number)).then(|| parse_quote!(crate::mutant(#literal)))
    }

    /// Mutates the body of a function, and lets it return at once.
    fn function(&mut self, signature: &Signature, body: &mut Block) {
        if signature.constness.is_some() {
            return;
        }
        let around = mem::replace(&mut self.function, signature.ident.to_string());
        visit_mut::visit_block_mut(self, body);
        let line = signature.ident.span().start().line;
        let mut statements: Vec<Stmt> = Vec::new();
        for value in values_of(&signature.output) {
            if let Some(awake) = self.enter(line, "return", &value) {
                statements.push(parse_quote!(if #awake { return #value; }));
            }
        }
        statements.append(&mut body.stmts);
        body.stmts = statements;
        self.function = around;
    }
}

impl VisitMut for Mutator {
    fn visit_item_mut(&mut self, item: &mut Item) {
        match item {
            // What must be known when it is compiled can't ask for anything.
            Item::Const(_) | Item::Static(_) | Item::Macro(_) | Item::Trait(_) => {}
            Item::Mod(module) if is_for_tests(&module.attrs) => {}
            Item::Fn(function) if is_for_tests(&function.attrs) => {}
            Item::Fn(function) => self.function(&function.sig, &mut function.block),
            _ => visit_mut::visit_item_mut(self, item),
        }
    }

    fn visit_impl_item_mut(&mut self, item: &mut ImplItem) {
        if let ImplItem::Fn(function) = item {
            self.function(&function.sig, &mut function.block);
        }
    }

    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}

    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}

    fn visit_type_mut(&mut self, _: &mut Type) {}

    /// The length of an array must be known when it is compiled.
    fn visit_expr_repeat_mut(&mut self, repeat: &mut syn::ExprRepeat) {
        self.visit_expr_mut(&mut repeat.expr);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let original = expression.clone();
        let line = match &original {
            Expr::Binary(binary) => binary.op.span().start().line,
            other => other.span().start().line,
        };
        let written: Vec<(Expr, Expr)> = changes_of(&original)
            .into_iter()
            .filter_map(|(change, mutant)| Some((self.enter(line, &change, &original)?, mutant)))
            .collect();
        visit_mut::visit_expr_mut(self, expression);
        for (awake, mutant) in written {
            *expression = parse_quote!((if #awake { #mutant } else { #expression }));
        }
    }
}

/// Whether an item is for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |path: &syn::Path| path.is_ident("test");
    attributes.iter().any(|attribute| {
        is_test(attribute.path())
            || attribute.path().is_ident("cfg") && attribute.parse_args().is_ok_and(|path| is_test(&path))
    })
}

/// What a function that gives back this type may give back instead of thinking.
fn values_of(output: &ReturnType) -> Vec<Expr> {
    let ReturnType::Type(_, output) = output else { return Vec::new() };
    let Type::Path(path) = &**output else { return Vec::new() };
    let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    match name.as_str() {
        "bool" => vec![parse_quote!(true), parse_quote!(false)],
        "f32" | "f64" => vec![parse_quote!(0.0), parse_quote!(1.0)],
        "usize" | "u32" => vec![parse_quote!(0), parse_quote!(1)],
        "Option" => vec![parse_quote!(None)],
        "Vec" => vec![parse_quote!(Vec::new())],
        "String" => vec![parse_quote!(String::new())],
        _ => Vec::new(),
    }
}

/// The changes of an expression, those within it aside: what is done to it, and what comes of it.
fn changes_of(expression: &Expr) -> Vec<(String, Expr)> {
    match expression {
        Expr::Binary(binary) if !has_let(expression) => {
            let (left, right) = (&binary.left, &binary.right);
            let replaced = |op: BinOp| {
                let change = format!("{} -> {}", binary.op.to_token_stream(), op.to_token_stream());
                // What is assigned to is a place, and stays one without brackets only.
                let mutant = if is_assignment(&op) {
                    parse_quote!(#left #op #right)
                } else {
                    parse_quote!((#left) #op (#right))
                };
                (change, mutant)
            };
            replacements_of(&binary.op).into_iter().map(replaced).collect()
        }
        Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_) | UnOp::Neg(_)) => {
            let inner = &unary.expr;
            vec![(format!("{} removed", unary.op.to_token_stream()), parse_quote!((#inner)))]
        }
        _ => Vec::new(),
    }
}

/// The operators that stand for another in its mutants: comparisons move to a neighbour or turn round.
fn replacements_of(op: &BinOp) -> Vec<BinOp> {
    match op {
        BinOp::Lt(_) => vec![parse_quote!(<=), parse_quote!(>=)],
        BinOp::Le(_) => vec![parse_quote!(<), parse_quote!(>)],
        BinOp::Gt(_) => vec![parse_quote!(>=), parse_quote!(<=)],
        BinOp::Ge(_) => vec![parse_quote!(>), parse_quote!(<)],
        BinOp::Eq(_) => vec![parse_quote!(!=)],
        BinOp::Ne(_) => vec![parse_quote!(==)],
        BinOp::And(_) => vec![parse_quote!(||)],
        BinOp::Or(_) => vec![parse_quote!(&&)],
        BinOp::Add(_) => vec![parse_quote!(-)],
        BinOp::Sub(_) => vec![parse_quote!(+)],
        BinOp::Mul(_) => vec![parse_quote!(/)],
        BinOp::Div(_) => vec![parse_quote!(*)],
        BinOp::AddAssign(_) => vec![parse_quote!(-=)],
        BinOp::SubAssign(_) => vec![parse_quote!(+=)],
        BinOp::MulAssign(_) => vec![parse_quote!(/=)],
        BinOp::BitOrAssign(_) => vec![parse_quote!(&=)],
        _ => Vec::new(),
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(op, BinOp::AddAssign(_) | BinOp::SubAssign(_) | BinOp::DivAssign(_) | BinOp::BitAndAssign(_))
}

/// Whether a condition is one with `let`, which can't stand within brackets.
fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) if matches!(binary.op, BinOp::And(_)) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// Writes a file, unless it has that text already: what stays as it was needn't be built again.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) { Ok(()) } else { fs::write(path, text) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to, left_out, files @ ..] = &arguments[..] else {
        return Err("usage: realint-mutants FROM TO LEFT_OUT FILE...".into());
    };
    let (from, to) = (Path::new(from), Path::new(to));
    let left_out = left_out.split(',').filter(|number| !number.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
    let mut mutator = Mutator { file: String::new(), function: String::new(), last: 0, left_out, table: String::new() };
    for path in files {
        mutator.file.clone_from(path);
        let mut file = syn::parse_file(&fs::read_to_string(from.join(path))?)?;
        mutator.visit_file_mut(&mut file);
        write(&to.join(path), &prettyplease::unparse(&file))?;
    }
    let switch = fs::read_to_string(from.join("src/lib.rs"))? + SWITCH;
    write(&to.join("src/lib.rs"), &switch)?;
    print!("{}", mutator.table);
    Ok(())
}
