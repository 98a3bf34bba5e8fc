"""Runs Authlib in the scenarios T1 and T5 and on the hot path. Prints figures as lines of JSON.

It uses the asynchronous client, because only this one has a lock around the renewal: with the other clients, each thread
that finds an expired token fetches another one. The callers are therefore asyncio tasks on one thread.
"""

import asyncio
import json
import sys
import time

import authlib
from authlib.integrations.httpx_client import AsyncOAuth2Client

CALLERS = 10_000
# Half of the server's latency: a call that took longer was not served from the cache.
WAIT_THRESHOLD = 0.025
ROUNDS = 5
ROUND = 0.2
API = "http://api.invalid/things"
# Authlib renews a saved token that has expired. Without a token, a call raises MissingTokenError and the application must
# call fetch_token once, which leaves no concurrent fetches to compare.
EXPIRED = {"access_token": "not-a-real-token", "token_type": "Bearer", "expires_at": 1}


def client_for(token_url):
    """Returns one client for all callers, as documented for automatically renewed tokens."""
    return AsyncOAuth2Client(
        "bench-client",
        "not-a-real-secret",
        token_endpoint=token_url,
        grant_type="client_credentials",
        token=EXPIRED,
    )


async def authorize(client):
    """Does what the client's `request` does before it calls its HTTP library."""
    await client.ensure_active_token(client.token)
    _, headers, _ = client.token_auth.prepare(API, {}, "")
    return headers["Authorization"]


async def caller(client, start):
    await start.wait()
    begin = time.perf_counter()
    try:
        await authorize(client)
        error = None
    except Exception as raised:  # All exceptions count as failures.
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
    print_line(
        callers=CALLERS,
        slowest_ms=max(took for took, _ in calls) * 1e3,
        waited=sum(took > WAIT_THRESHOLD for took, _ in calls),
        failed=len(errors),
        note="starts with an expired saved token, because Authlib raises MissingTokenError without one",
    )


async def hot(client):
    await authorize(client)
    sample = 2_000
    calls = int(sample * ROUND / await measure(client, sample))
    best = min([await measure(client, calls) for _ in range(ROUNDS)])
    # The interpreter counts live blocks, not allocations.
    print_line(threads=1, ns=best / calls * 1e9, allocations=None)


async def measure(client, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        await authorize(client)
    return time.perf_counter() - begin


def print_line(**line):
    print(json.dumps(line), flush=True)


async def main(scenario, token_url):
    async with client_for(token_url) as client:
        if scenario == "T1":
            await cold_start(client)
        elif scenario == "T5":
            print_line(
                unsupported="its documentation does not cover a 401: a token is replaced after expiry, "
                "or by fetch_token, which always fetches another"
            )
        elif scenario == "hot":
            await hot(client)
        else:
            sys.exit(f"unknown scenario {scenario!r}")


print_line(subject="Authlib", version=authlib.__version__)
if len(sys.argv) > 2:
    asyncio.run(main(*sys.argv[1:3]))
