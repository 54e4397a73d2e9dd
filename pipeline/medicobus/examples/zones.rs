#![allow(warnings)]
use std::collections::BTreeMap;
use std::time::Instant;
fn main() {
    let rt = tokio::runtime::Runtime::new().unwrap();
    rt.block_on(async{
 let contract=contract::Contract::embedded().unwrap();
 let store=store::Store::open("/tmp/base/main/out/depot",&contract).await.unwrap();
 let snap=store.snapshot(store::At::Latest).await.unwrap();
 let cat=query::Catalogue::load(Some(std::path::Path::new("/tmp/zq"))).unwrap();
 let s=query::Session::open(&snap,Default::default(),cat.views()).await.unwrap();
 for name in std::env::args().skip(1){
  let q=cat.get(&name).unwrap(); let qt=cat.get(&format!("{name}_tous")).unwrap();
  let levels:Vec<String>=q.definition.parameters["niveau"].values.clone();
  let sets:Vec<_>=levels.iter().map(|l|{let m=BTreeMap::from([("annee".to_string(),"2025".to_string()),("niveau".to_string(),l.clone())]);base::parameters::Parameters::bind(&q.definition,&m).unwrap()}).collect();
  let one=base::parameters::Parameters::bind(&qt.definition,&BTreeMap::from([("annee".to_string(),"2025".to_string())])).unwrap();
  let (mut a,mut b,mut c)=(vec![],vec![],vec![]); let (mut ra,mut rb)=(0,0);
  for k in 0..9{
   let t=Instant::now(); let x=s.run_all(q,&sets).await.unwrap(); a.push(t.elapsed().as_secs_f64()); ra=x.iter().map(|t|t.rows.len()).sum::<usize>();
   let t=Instant::now(); let x=s.run(qt,&one).await.unwrap(); b.push(t.elapsed().as_secs_f64()); rb=x.rows.len();
   let t=Instant::now(); for p in &sets { s.run(q,p).await.unwrap(); } c.push(t.elapsed().as_secs_f64());
  }
  for v in [&mut a,&mut b,&mut c]{v.sort_by(f64::total_cmp);}
  println!("{name}: levels {} rows {ra} {rb}; run_all {:.3} one over zones {:.3} (ratio {:.2}), one by one {:.3} (ratio {:.2})",levels.len(),a[4],b[4],b[4]/a[4],c[4],b[4]/c[4]);
 }
});
}
