# Checks the results of a batch: fields, log-probabilities, and that each prompt
# alone gives the same tokens.
#
#   check_batch.py RESULTS DSV4_RUN ARGUMENTS...

import json
import math
import subprocess
import sys


def alone(command, result, extra):
    ids = ",".join(map(str, result["prompt_tokens"]))
    arguments = ["--tokens", ids, "--max-new-tokens", str(len(result["tokens"])), "--json", "-q"]
    run = subprocess.run(command + arguments + extra, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["tokens"]


def main(path, *command):
    results = [json.loads(line) for line in open(path)]
    assert [r.get("id") for r in results] == ["first", None, None], results
    assert [len(r["tokens"]) for r in results] == [20, 3, 2], results
    for result in results:
        assert result["finish_reason"] == "length"
        assert result["timings"]["first_token_seconds"] > 0
        assert ("seed" in result) == (result is not results[0])
        assert len(result["logprobs"]) == len(result["tokens"])
        for token, entry in zip(result["tokens"], result["logprobs"]):
            assert entry["token"] == token and entry["logprob"] <= 0
            first, second = entry["top"]
            assert first["logprob"] >= second["logprob"]
            assert first["logprob"] >= entry["logprob"]
            assert math.exp(first["logprob"]) + math.exp(second["logprob"]) <= 1 + 1e-9
        assert "".join(e["text"] for e in result["logprobs"]) == result["text"]
    assert all(e["token"] == e["top"][0]["token"] for e in results[0]["logprobs"])
    extras = [["--greedy"], ["--seed", "4"], ["--seed", "1"]]
    for result, extra in zip(results, extras):
        assert alone(list(command), result, extra) == result["tokens"], extra
    print(len(results), "results hold")


main(*sys.argv[1:])
