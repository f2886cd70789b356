const answer = await fetch("{{url}}");
if (!answer.ok) throw new Error((await answer.json()).detail);
const data = await answer.arrayBuffer();
const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
{{javascript_check}}{{javascript_array}}console.log(sha256);
