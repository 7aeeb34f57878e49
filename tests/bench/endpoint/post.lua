-- One request of the samples' frontend, for wrk.
wrk.method = "POST"
wrk.body = '{"user_id":"user-1","room":"room-1"}'
wrk.headers["Content-Type"] = "application/json"
