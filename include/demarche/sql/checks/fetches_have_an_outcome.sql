-- Every attempt has an outcome of the closed list, and its counts make sense: coverage is computed from them.
SELECT fetch_id, outcome, entries, new_entries, overlap FROM checked_fetches
WHERE outcome NOT IN ('new', 'unchanged', 'not_modified', 'empty', 'not_a_feed', 'unreadable', 'gone', 'not_found',
        'forbidden', 'rate_limited', 'client_error', 'server_error', 'bad_response', 'dns_error', 'connect_error',
        'tls_error', 'timeout', 'too_large', 'bad_encoding', 'bad_redirect', 'refused_address', 'robots_denied',
        'internal_error')
    OR new_entries > entries OR new_entries < 0 OR overlap NOT BETWEEN 0 AND 1
    OR (kind = 'feed' AND outcome = 'new' AND new_entries = 0)
