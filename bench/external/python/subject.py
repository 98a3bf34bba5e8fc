"""Authlib in the scenarios T1 and T5, and on the hot path; figures as lines of JSON.

Of Authlib's clients it is the asynchronous one, for that alone has a lock around the renewal: in the others every thread
that meets an expired token fetches one of its own. So the callers are asyncio's tasks, on one thread.
"""

import asyncio
import json
import sys
import time

import authlib
from authlib.integrations.httpx_client import AsyncOAuth2Client

CALLERS = 10_000
# Half of what the server takes for a token: whoever took longer was not served from memory.
WAITED_FROM = 0.025
ROUNDS = 5
ROUND = 0.2
API = "http://api.invalid/things"
# Authlib renews a token by itself if that was saved and has expired since. Without any token a call raises
# MissingTokenError, and the first fetch_token is the application's to make, once; then there would be nothing to compare.
EXPIRED = {"access_token": "not-a-real-token", "token_type": "Bearer", "expires_at": 1}


def client_for(token_url):
    """One client for all callers, as the documentation has it for tokens that renew themselves."""
    return AsyncOAuth2Client(
        "bench-client",
        "not-a-real-secret",
        token_endpoint=token_url,
        grant_type="client_credentials",
        token=EXPIRED,
    )


async def authorize(client):
    """What the client's own `request` does before it hands over to its HTTP library."""
    await client.ensure_active_token(client.token)
    _, headers, _ = client.token_auth.prepare(API, {}, "")
    return headers["Authorization"]


async def caller(client, start):
    await start.wait()
    begin = time.perf_counter()
    try:
        await authorize(client)
        error = None
    except Exception as raised:  # Counted, whatever it is.
        error = raised
    return time.perf_counter() - begin, error


async def cold_start(client):
    start = asyncio.Event()
    tasks = [asyncio.create_task(caller(client, start)) for _ in range(CALLERS)]
    await asyncio.sleep(0)
    start.set()
    calls = await asyncio.gather(*tasks)
    errors = [error for _, error in calls if error is not None]
    if errors:
        print(repr(errors[0]), file=sys.stderr)
    say(
        callers=CALLERS,
        slowest_ms=max(took for took, _ in calls) * 1e3,
        waited=sum(took > WAITED_FROM for took, _ in calls),
        failed=len(errors),
        note="starts from a saved token that has expired, for without any Authlib raises MissingTokenError",
    )


async def hot(client):
    await authorize(client)
    sample = 2_000
    calls = int(sample * ROUND / await calls_take(client, sample))
    best = min([await calls_take(client, calls) for _ in range(ROUNDS)])
    # The interpreter counts the blocks that are held, not those that came and went.
    say(threads=1, ns=best / calls * 1e9, allocations=None)


async def calls_take(client, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        await authorize(client)
    return time.perf_counter() - begin


def say(**line):
    print(json.dumps(line), flush=True)


async def main(scenario, token_url):
    async with client_for(token_url) as client:
        if scenario == "T1":
            await cold_start(client)
        elif scenario == "T5":
            say(
                cannot="its documentation has nothing for a 401: a token is replaced when it has expired, "
                "or by fetch_token, which always asks for another"
            )
        elif scenario == "hot":
            await hot(client)
        else:
            sys.exit(f"no scenario {scenario!r}")


say(subject="Authlib", version=authlib.__version__)
if len(sys.argv) > 2:
    asyncio.run(main(*sys.argv[1:3]))
