#![allow(missing_docs, unused)]
use realint::manuscript::*; use realint::read::*; use realint::rule::load; use std::path::Path;
#[test] fn dump(){ use std::io::Write; let rules=load::shipped().unwrap(); let out=std::env::var("OUT").unwrap(); std::fs::create_dir_all(&out).unwrap();
 for f in std::fs::read_to_string(std::env::var("F").unwrap()).unwrap().lines() { let b=std::fs::read(f).unwrap();
 let mut o=std::fs::File::create(format!("{out}/{}", f.trim_start_matches('/').replace('/',"__"))).unwrap();
 let Ok(ds)=realint::read::read(Path::new(f),&b,None,&FolderLibrary,&rules.section_names) else { continue };
 for d in ds { let m=Manuscript::new(d,&rules.section_names); for n in &m.notes { writeln!(o,"note {n}"); }
 for (i,b) in m.blocks.iter().enumerate(){ writeln!(o,"{:?} {:?} run_in={:?} boxed={} {}", m.role_of(BlockId(i)), match &b.kind { BlockKind::TableRow{table,header,cells}=>format!("Row {table} {header} {}",cells.len()), k=>format!("{k:?}") }, b.run_in.clone().map(|r|b.text[r].to_owned()), b.boxed, b.text); }
 for c in &m.citations { writeln!(o,"CIT {:?}", c.kind); } } } }
