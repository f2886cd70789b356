// hf-hub (Rust) against the weightd that HF_ENDPOINT names: one line "ok NAME" each; it panics on the first failure.
use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Repo, RepoType};

fn main() {
    let api = ApiBuilder::from_env().with_progress(false).build().unwrap();
    for (name, revision) in [("weightd/tiny-llama", "main"), ("weightd/tiny-llama", "seed-7-bf16"), ("tinygpt2", "main")] {
        let repo = api.repo(Repo::with_revision(name.into(), RepoType::Model, revision.into()));
        let info = repo.info().unwrap();
        assert!(info.sha.len() == 40 && info.siblings.len() >= 7);
        for file in &info.siblings {
            let path = repo.get(&file.rfilename).unwrap();
            assert!(std::fs::metadata(path).unwrap().len() > 0);
        }
        assert!(repo.get("nope.json").is_err());
        println!("ok hf-hub {name} {revision}");
    }
    let shards = api.model("weightd/tiny-llama-bf16-sharded".into());
    assert!(shards.get("model-00004-of-00004.safetensors").is_ok());
    println!("ok hf-hub shards");
}
