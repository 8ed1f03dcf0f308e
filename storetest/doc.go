// Package storetest checks the session stores of [github.com/alexedwards/scs/v2].
// The author of a store calls [Run] in a test:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(tb testing.TB) scs.Store { return mystore.New(...) })
//	}
//
// # What it promises
//
// A correct store never fails. Each rule names its source: what scs documents, or what
// its SessionManager relies on. scs's own memstore keeps all of them. The checks leave
// open what scs leaves open: a store may refuse a token that scs would never make, may
// copy bytes or not, and may return any slice when it finds nothing.
//
// No check depends on how fast the machine or the store is. If a session is missing, a
// check reads the clock after the call, and fails only if the expiry has not come. An
// expiry may be up to 50 ms early and 100 ms late: a store may round it to milliseconds,
// but not to seconds. [Resolution] allows for more. The clock of the test's machine and
// the clock that the store uses must agree within these limits.
//
// A check fails if a method of the store panics, or does not return within 30 s. After four
// checks with calls that do not return the rest is skipped.
//
// # How it runs
//
// scs looks for FindCtx, CommitCtx and DeleteCtx one by one, so checks run twice: as
// Plain/Find/Missing with the methods that every store has, and as Ctx/Find/Missing with
// those that take a context. Methods and Manager run once. A group whose method the store
// does not have is skipped, and go test -v says so. The names of the sub-tests are stable;
// use them with -run and in [Skip].
//
// Checks run in parallel, as many at a time as go test -parallel allows. The checks of Fault
// run alone. With [Advance] nothing sleeps, and the whole takes a second or two. Without it,
// the whole takes about six seconds on two processors, and longer if the store is slow.
// All/Many and Concurrent make fewer calls on a slow store; go test -v says how many.
//
// One check reports what would fail many, and the others are skipped: Methods, if Find, Commit
// and Delete panic and the methods with a context do not (if this is intended, use
// Skip("Plain", …)), and All/Exactly, if All lists nothing although there are sessions.
//
// # Methods
//
// scs.SessionManager looks for FindCtx, CommitCtx, DeleteCtx, AllCtx and All by name
// and signature, each on its own; a method that is a little different is never
// called. Methods fails for a method of the right name and another signature, for a
// name that is misspelt (FindCTX, CommitCtxt, DeleteWithContext), for methods that
// only the pointer has when newStore returns a value, and for some of FindCtx,
// CommitCtx and DeleteCtx without the others.
//
// # Several groups
//
// These rules are about the checks of this name in all groups that have one.
//
//   - TwoStores, TwoManagers. storetest.Run: each store that newStore returns has a
//     keyspace of its own; none finds, lists or deletes the sessions of another.
//   - LiveContext (Ctx only). scs.CtxStore: the methods with a context do the same as
//     those without, whatever values and deadline the context has.
//   - Linearizable. scs.SessionManager: requests of one session run at the same time, also
//     in two processes; the results of the calls on a token are those of some sequential
//     order, in which a call that returned before another began comes first; no call is an
//     error.
//   - Final. storetest.FinalDelete: a deleted token is dead: no Commit stores it again,
//     whatever came before it or runs at the same time, in any process, also when the
//     backend breaks and heals; All does not list it; the Commit returns nil, because its
//     request did nothing wrong.
//
// porcupine judges the history of Linearizable. A failure shows the fewest calls that
// have no such order, and names a file with porcupine's picture of all calls. Numbers say
// in which sequence they began and ended. A history that takes too long to judge passes,
// and go test -v says so.
//
// # Find
//
//   - Missing, Expired. scs.Store.Find: a token that is not found, or whose session has
//     expired, gives found = false and a nil error.
//   - Committed. scs.Store.Find: it returns the data for a session token, which
//     scs's Codec has to decode.
//   - Repeatable, NotProlonged, KeepsOthers. scs.SessionManager.Load: a request that
//     changes nothing does not commit, so Find leaves every session and its expiry as
//     they are.
//   - Tampered, Malformed, LongToken. scs.Store.Find: a token that is tampered with,
//     malformed or too long gives found = false and a nil error; errors are for failures
//     of the system.
//   - ResultStays. scs.SessionManager.Load: scs decodes the bytes after Find has
//     returned, while other requests may use the store; the bytes must not change.
//   - Cancelled (Ctx only). scs.CtxStore.FindCtx: a context that has ended gives the
//     right answer or an error, never "not found": scs would begin a new session in
//     place of a live one.
//
// # Commit
//
//   - New. scs.Store.Commit: it adds the session token and data to the store, for
//     every token that scs can make.
//   - OverwriteShorter, OverwriteLonger. scs.Store.Commit: if the token exists, its data
//     is overwritten; longer data is stored whole, and nothing of it stays afterwards.
//   - KeepsOthers. scs.Store.Commit: a new session, or new data for one, leaves the
//     other sessions as they are.
//   - EmptyData, NilData. scs.Store.Find: found says whether there is a session; an
//     scs.Codec may encode one to no bytes, or to a nil slice, which is not SQL's NULL.
//   - Binary. scs.Codec.Encode: the data is bytes of any value, as those of
//     encoding/gob are; they are stored exactly.
//   - Large. scs.Store.Commit: data of 1 MiB is stored whole, or refused with an
//     error and then not stored at all.
//   - SimilarTokens. scs.Store.Commit: two tokens that scs makes (base64url) are
//     different, even if they differ only in the case of a letter.
//   - TokenBytes. scs.Store.Commit: a token of any bytes is stored exactly, or
//     refused with an error and then not found; it is never taken for another.
//   - InputNotModified. scs.Store.Commit: the slice belongs to the caller; the store
//     writes neither to it nor behind its end.
//   - Cancelled (Ctx only). scs.CtxStore.CommitCtx: a nil error means that the
//     session is stored, even if the context has ended; an error leaves the old
//     session or the new one, whole.
//   - CancelledLater (Ctx only). scs.CtxStore.CommitCtx: net/http cancels a
//     request's context when the request is done; the session stays.
//   - CancelledDuring (Ctx only). scs.CtxStore.CommitCtx: a session has an expiry at
//     every moment; it still expires if its request's context ends during the call.
//   - ExpiryLonger, ExpiryShorter. scs.Store.Commit: if the token exists, its expiry is
//     overwritten; a later one prolongs the session, as IdleTimeout does with every
//     request, and an earlier one shortens it, as SessionManager.SetDeadline may.
//   - AfterExpiry. scs.Store.Commit: a token whose session has expired can be
//     committed again: a request may begin before the expiry and commit after it.
//   - PastExpiry, ZeroTime, NowExpiry. scs.Store.Find: an expired session is not found,
//     nor the one it replaced; SessionManager.Commit passes an expiry that has passed
//     when a request outlives its session; neither a lifetime of zero nor the zero time
//     means for ever.
//   - SubSecond. scs.Store.Commit: the expiry is the given one, not the full second
//     before or after it.
//   - LongExpiries, FarExpiry. scs.Store.Commit: the expiry is the given one, also in a
//     month (memcached takes more than 30 days for a date), in a year, and after 2038,
//     when 32 bits of seconds end; one after 2038 may be refused with an error.
//   - Year9999. scs.Store.Commit: a store that cannot count so far ahead refuses the
//     expiry with an error, or replaces the session all the same; then the old data
//     is not found.
//   - TimeZone, LocalTime. scs.Store.Commit: the expiry is an instant, and
//     SessionManager.SetDeadline passes on a time in any zone; a store that writes local
//     time and reads it in another zone keeps sessions hours too long, or not at all.
//
// LocalTime is skipped where the local time is UTC, as on most machines for CI: run it
// there with TZ=America/New_York and TZ=Asia/Tokyo too.
//
// # Delete
//
//   - Existing, OnlyThat. scs.Store.Delete: it removes the token and its data, and no
//     other; a logout (SessionManager.Destroy) relies on it.
//   - Missing, Malformed, Twice. scs.Store.Delete: a token that does not exist, or not
//     any more, is a no-op and a nil error, whatever its bytes.
//   - Empty, Expired. scs.SessionManager.Destroy: it calls Delete("") for a session
//     that was never committed, and deletes one that may have expired during the
//     request; it fails if that fails.
//   - ThenCommit. scs.Store.Commit: a token that was deleted can be committed again.
//   - Cancelled, FinalCancelled (Ctx only). scs.CtxStore.DeleteCtx: a nil error means that
//     the session is gone (with FinalDelete: for good), even if the context has ended: the
//     user was told that the logout is done.
//   - FinalMissing, FinalTokens. storetest.FinalDelete: a deleted token is dead,
//     whatever its bytes, also if there was no session: it may have expired, or a
//     failed Delete may have removed it; no other token is dead.
//
// # All
//
// These checks call All and AllCtx if the store has them. scs calls AllCtx if there is
// one, otherwise All; its Iterate panics if there is neither.
//
//   - Empty. scs.IterableStore.All: if no active sessions exist it returns an empty
//     (not nil) map.
//   - Exactly, AfterOverwrite, Many. scs.IterableStore.All: it returns all active
//     sessions, not a page of them, by their tokens, with the data that was committed
//     last; SessionManager.Iterate decodes each.
//   - LeavesOutExpired, LeavesOutPastExpiry, LeavesOutDeleted. scs.IterableStore.All: a
//     session is not active if it has expired, was committed with an expiry that has
//     passed, or was deleted.
//   - TokenBytes. scs.IterableStore.All: the map key is the session token, exactly;
//     a token that Commit refused is not there.
//   - Cancelled, CancelledDuring (Ctx only). scs.IterableCtxStore.AllCtx: a context that
//     has ended, or ends while it lists many sessions, gives all of them or an error,
//     never a part with a nil error.
//
// # Concurrent
//
// With go test -race, these checks find data races too.
//
//   - DistinctTokens. scs.SessionManager: it is safe for concurrent use and does not
//     lock its store; sessions that are used at the same time are neither lost nor
//     mixed up.
//   - OneToken. scs.SessionManager: requests of one session run at the same time;
//     Find returns the whole data of one commit, and the session is there
//     throughout.
//   - DeleteCommit. scs.SessionManager: a Destroy may run at the same time as another
//     request's Commit; one of them is last, and later calls work as usual.
//   - FirstCommit. scs.SessionManager: requests whose session has just ended commit
//     it as new at the same time; no Commit is an error, and a later Delete removes
//     the session.
//   - AllDuringChanges. scs.IterableStore.All: while others commit and delete, a
//     session that nobody changes is there with its data, and one that never existed
//     is not.
//   - ExpiryOfLast. scs.Store.Commit: data and expiry are overwritten together; of
//     two commits at the same time the later one's data has the later one's expiry.
//   - FindExpired. scs.SessionManager: a request may commit an expired session again
//     while another looks for it; the commit is not lost.
//
// # Peer
//
// Only with the option [Peer]. It opens a second store over the same keyspace, like another
// process. In messages store.Find is a call of the first, peer.Find of the second.
//
//   - SeesCommit, SeesOverwrite. storetest.Peer: what one process commits another
//     finds, whatever it has looked for, found or committed before: the browser's next
//     request may go there.
//   - SeesDelete. scs.SessionManager.Destroy: the user was told that the logout is
//     done, so it holds in all processes at once.
//   - Expired, ExpiryChanged. scs.Store.Commit: the expiry is the one that was
//     committed last, whichever process committed the session or found it before.
//   - All. scs.IterableStore.All: it returns all active sessions, whichever process
//     has committed, overwritten or deleted one.
//
// # Prefix
//
// Only with the option [Prefix]. Each store finds, lists and deletes its own sessions only.
//
//   - Longer, Empty. storetest.Prefix: if another prefix begins with a store's prefix,
//     which may be empty, each has its own sessions only; otherwise the cookie
//     admin:TOKEN opens a session of app:admin: in the application of app:.
//   - Glob, Braces. storetest.Prefix: the characters of patterns (*, ?, [a-z], %, _, \)
//     and braces, which choose the slot in a Redis Cluster, stand for themselves in a
//     prefix.
//
// # Reopen
//
// Only with the option [Reopen].
//
//   - Kept, Expiry. storetest.Reopen: every Commit and Delete that returned nil still
//     holds after the store was closed and opened again, with the exact expiry.
//
// # Fault
//
// Only with the option [Fault]. These checks break the backend and heal it. If a call does
// not return while the backend is broken, checks that make the same call are skipped.
//
//   - Find. scs.Store.Find: a lookup that fails is an error within 30 s, not found =
//     false: scs would begin a new session in place of a live one.
//   - Commit, Delete. scs.Store: a nil error means that the session is stored, or gone, as
//     the user was told of the logout; otherwise there is an error within 30 s.
//   - All, AllDuring. scs.IterableStore.All: it returns all active sessions or an error
//     within 30 s, never a part with a nil error, also if the backend breaks while it
//     lists many.
//   - Recovers. scs.SessionManager: it uses one store as long as the process runs, so
//     the store works again within 30 s after its backend does.
//   - Kept, FailedWrites. scs.Store.Commit: every Commit and Delete that returned nil
//     still holds after a fault that the backend survives; one that returned an error may
//     have had its effect or none, not half of it.
//   - Expiry. scs.Store.Commit: a session has an expiry at every moment; it still
//     expires if the backend breaks during its Commit.
//   - Linearizable. scs.SessionManager: requests of one session run at the same time,
//     also while the backend breaks and heals; their calls have a sequential order,
//     in which a call that returned an error takes effect once, at any later time, or
//     never.
//
// # Manager
//
// A web application of net/http over scs.SessionManager and the store, and clients with
// cookies that call its handler. scs itself looks for the methods with a context. A check
// fails at a panic in the store, and at a status 500 that no rule allows.
//
//   - FirstVisit. scs.SessionManager.LoadAndSave: the first request that puts
//     something into the session gets a cookie; the session is in the store under its
//     token, and the next request has it.
//   - Unmodified. scs.SessionManager.LoadAndSave: a request that changes nothing
//     commits nothing and gets no cookie; the session is there for the next one.
//   - Login. scs.SessionManager.RenewToken: the session goes on under a new token, and the
//     old one is dead: an attacker who planted it (session fixation) is not logged in.
//   - Logout. scs.SessionManager.Destroy: the session is gone, also for a client that
//     kept its cookie; the client's next change begins a new one.
//   - DestroyNew. scs.SessionManager.Destroy: a client without a session may log out; scs
//     calls Delete(""), and an error is a status 500.
//   - RememberMe. scs.SessionManager.RememberMe: with Cookie.Persist = false the
//     cookie lasts if RememberMe(true) was called for the session, in this request or
//     an earlier one.
//   - HashTokenInStore. scs.SessionManager.HashTokenInStore: the store has the hash
//     of the token in place of the token, and everything works as usual.
//   - Iterate. scs.SessionManager.Iterate: it calls the function once for each
//     session that is active; one whose data cannot be decoded ends it with an error.
//   - MergeSession. scs.SessionManager.MergeSession: the values of the other session
//     are in this one, and the other is deleted; a token that is not found changes
//     nothing.
//   - GarbageCookies. scs.Store.Find: a tampered or malformed token gives found =
//     false and a nil error; the client gets a fresh session and never a status 500.
//   - IdleTimeout. scs.SessionManager.IdleTimeout: a session expires if it is not
//     used for this time; every request commits it again with a later expiry.
//   - Lifetime. scs.SessionManager.Lifetime: a request may outlive its session, and
//     scs commits it with an expiry that has passed; that is no error, and there is no
//     session afterwards.
//   - DestroyDisconnected, CommitDisconnected. scs.SessionManager: a browser that goes
//     away cancels the request's context; the session is gone or stored all the same,
//     or the application gets an error and the old session or the new one is there.
//   - ConcurrentRequests. scs.SessionManager.LoadAndSave: a browser sends requests
//     of one session at the same time; the last to commit wins, none is an error, and
//     the session stays whole.
//   - FinalDestroy, FinalRenewToken. storetest.FinalDelete: a request that has loaded its
//     session before the user logged out, or another request renewed the token, and
//     commits it afterwards, does not bring the old token back.
package storetest
