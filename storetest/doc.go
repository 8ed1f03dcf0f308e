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
// A check fails if a method of the store panics, or does not return within 30 s. The call
// that has not returned goes on in its goroutine. After four such checks the rest is
// skipped.
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
// # Final
//
// The checks named Final run only with the option [FinalDelete]. With it a deleted token
// is dead: no Commit stores it again, so a request under way does not bring back a
// session that its user has ended. Linearizable then fails if a token is found after its
// Delete. Delete/ThenCommit and Concurrent/DeleteCommit, which commit a deleted token
// again, are left out.
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
// It also fails if Find, Commit and Delete all panic and the methods with a context do
// not. Plain is skipped then. If this is intended, use Skip("Plain", …).
//
// # Find
//
// These checks call Find and FindCtx.
//
//   - Missing. scs.Store.Find: a token that is not found gives found = false and a
//     nil error.
//   - Committed. scs.Store.Find: it returns the data for a session token, which
//     scs's Codec has to decode.
//   - Repeatable. scs.SessionManager.Load: a request that changes nothing does not
//     commit, so Find must leave the session as it is.
//   - Expired. scs.Store.Find: an expired session is not found.
//   - NotProlonged. scs.Store.Commit: the expiry is the given one; scs commits again
//     to prolong a session, Find does not.
//   - KeepsOthers. scs.Store.Find: a Find of a missing or expired session leaves the
//     other sessions as they are.
//   - Tampered. scs.Store.Find: a tampered token gives found = false and a nil error;
//     errors are for failures of the system.
//   - Malformed. scs.Store.Find: a malformed token gives found = false and a nil
//     error; errors are for failures of the system.
//   - LongToken. scs.Store.Find: a token that is too long is malformed: found =
//     false and a nil error.
//   - ResultStays. scs.SessionManager.Load: scs decodes the bytes after Find has
//     returned, while other requests may use the store; the bytes must not change.
//   - LiveContext (Ctx only). scs.CtxStore.FindCtx: the same as Find, whatever
//     values and deadline the context has.
//   - Cancelled (Ctx only). scs.CtxStore.FindCtx: a context that has ended gives the
//     right answer or an error, never "not found": scs would begin a new session in
//     place of a live one.
//
// # Commit
//
// These checks call Commit and CommitCtx, then Find and FindCtx.
//
//   - New. scs.Store.Commit: it adds the session token and data to the store, for
//     every token that scs can make.
//   - OverwriteShorter. scs.Store.Commit: if the token exists, its data is
//     overwritten; nothing of the longer data stays.
//   - OverwriteLonger. scs.Store.Commit: if the token exists, its data is
//     overwritten; the longer data is stored whole.
//   - KeepsOthers. scs.Store.Commit: a new session, or new data for one, leaves the
//     other sessions as they are.
//   - EmptyData. scs.Store.Find: found says whether there is a session; an scs.Codec
//     may encode one to no bytes at all.
//   - NilData. scs.Store.Find: found says whether there is a session; an scs.Codec
//     may encode one to a nil slice, which is no bytes and not SQL's NULL.
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
//   - TwoStores. storetest.Run: each store that newStore returns has a keyspace of
//     its own; none finds the sessions of another.
//   - LiveContext (Ctx only). scs.CtxStore.CommitCtx: the same as Commit, whatever
//     values and deadline the context has.
//   - Cancelled (Ctx only). scs.CtxStore.CommitCtx: a nil error means that the
//     session is stored, even if the context has ended; an error leaves the old
//     session or the new one, whole.
//   - CancelledLater (Ctx only). scs.CtxStore.CommitCtx: net/http cancels a
//     request's context when the request is done; the session stays.
//   - CancelledDuring (Ctx only). scs.CtxStore.CommitCtx: a session has an expiry at
//     every moment; it still expires if its request's context ends during the call.
//   - ExpiryLonger. scs.Store.Commit: if the token exists, its expiry is
//     overwritten; a later one prolongs the session, as IdleTimeout does with every
//     request.
//   - ExpiryShorter. scs.Store.Commit: if the token exists, its expiry is
//     overwritten; an earlier one shortens the session, as
//     SessionManager.SetDeadline may.
//   - AfterExpiry. scs.Store.Commit: a token whose session has expired can be
//     committed again: a request may begin before the expiry and commit after it.
//   - PastExpiry. scs.Store.Find: an expired session is not found, nor the one it
//     replaced; SessionManager.Commit passes an expiry that has passed when a
//     request outlives its session.
//   - ZeroTime. scs.Store.Find: an expired session is not found, nor the one it
//     replaced; the zero time is in the past and does not mean for ever.
//   - NowExpiry. scs.Store.Find: an expired session is not found; a lifetime of zero
//     does not mean for ever.
//   - SubSecond. scs.Store.Commit: the expiry is the given one, not the full second
//     before or after it.
//   - FarExpiry. scs.Store.Commit: the expiry is the given one, or it is refused
//     with an error; SessionManager.Lifetime may be 100 years.
//   - LongExpiries. scs.Store.Commit: the expiry is the given one, also in a month
//     (memcached takes more than 30 days for a date), in a year, and in 2038, when 32
//     bits of seconds end; a later expiry may be refused.
//   - Year9999. scs.Store.Commit: a store that cannot count so far ahead refuses the
//     expiry with an error, or replaces the session all the same; then the old data
//     is not found.
//   - TimeZone. scs.Store.Commit: the expiry is an instant;
//     SessionManager.SetDeadline passes on a time in any zone.
//   - LocalTime. scs.Store.Commit: the expiry is an instant; a store that writes
//     local time and reads it in another zone keeps sessions hours too long, or not
//     at all.
//
// LocalTime is skipped where the local time is UTC, as on most machines for CI: run
// it there with TZ=America/New_York and TZ=Asia/Tokyo too.
//
// # Delete
//
// These checks call Delete and DeleteCtx.
//
//   - Existing. scs.Store.Delete: it removes the token and its data; a logout
//     (SessionManager.Destroy) relies on it.
//   - Missing. scs.Store.Delete: a token that does not exist is a no-op and a nil
//     error.
//   - Empty. scs.SessionManager.Destroy: it calls Delete("") for a session that was
//     never committed, and fails if that fails.
//   - Malformed. scs.Store.Delete: a token that does not exist is a no-op and a nil
//     error, whatever its bytes.
//   - Twice. scs.Store.Delete: a token that does not exist any more is a no-op and a
//     nil error.
//   - Expired. scs.SessionManager.Destroy: it deletes a session that may have
//     expired during the request; that is a no-op and a nil error.
//   - OnlyThat. scs.Store.Delete: it removes this token only.
//   - ThenCommit. scs.Store.Commit: a token that was deleted can be committed again.
//   - LiveContext (Ctx only). scs.CtxStore.DeleteCtx: the same as Delete, whatever
//     values and deadline the context has.
//   - Cancelled (Ctx only). scs.CtxStore.DeleteCtx: a nil error means that the
//     session is gone, even if the context has ended: the user was told that the
//     logout is done.
//   - Final. storetest.FinalDelete: no Commit of a deleted token stores anything,
//     whatever came before it, and All does not list it; the Commit returns nil,
//     because its request did nothing wrong.
//   - FinalMissing. storetest.FinalDelete: Delete makes a token dead even if there
//     was no session: the session may have expired, or a failed Delete may have
//     removed it.
//   - FinalTokens. storetest.FinalDelete: a deleted token is dead, whatever its
//     bytes; no other token is.
//   - FinalCancelled (Ctx only). storetest.FinalDelete: if DeleteCtx returns
//     nil, the token is dead, even if the context has ended.
//
// # All
//
// These checks call All and AllCtx if the store has them. scs calls AllCtx if there is
// one, otherwise All; its Iterate panics if there is neither.
//
//   - Empty. scs.IterableStore.All: if no active sessions exist it returns an empty
//     (not nil) map.
//   - Exactly. scs.IterableStore.All: it returns the data of all active sessions by
//     their tokens, and SessionManager.Iterate decodes each.
//   - LeavesOutExpired. scs.IterableStore.All: sessions that have expired are not
//     active.
//   - LeavesOutPastExpiry. scs.IterableStore.All: a session committed with an expiry
//     that has passed is not active.
//   - LeavesOutDeleted. scs.IterableStore.All: a session that was deleted is not
//     active.
//   - AfterOverwrite. scs.IterableStore.All: it returns the data that was committed
//     last, once.
//   - TokenBytes. scs.IterableStore.All: the map key is the session token, exactly;
//     a token that Commit refused is not there.
//   - Many. scs.IterableStore.All: it returns all active sessions, not a page of
//     them.
//   - CancelledDuring (Ctx only). scs.IterableCtxStore.AllCtx: a context that ends
//     while it lists many sessions gives all of them or an error, never a part with
//     a nil error.
//   - TwoStores. storetest.Run: each store that newStore returns has a keyspace of
//     its own; All of one does not list the sessions of another.
//   - LiveContext (Ctx only). scs.IterableCtxStore.AllCtx: the same as All, whatever
//     values and deadline the context has.
//   - Cancelled (Ctx only). scs.IterableCtxStore.AllCtx: a context that has ended
//     gives all active sessions or an error, never a part of them with a nil error.
//
// If All lists nothing although there are sessions, Exactly fails and the others are
// skipped.
//
// # Concurrent
//
// With go test -race, these checks find data races too. They make fewer calls on a slow
// store.
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
//   - Linearizable. scs.SessionManager: requests of one session run at the same time;
//     the results of the calls on a token are those of some sequential order, in
//     which a call that returned before another began comes first; no call is an
//     error.
//   - Final. storetest.FinalDelete: once Delete has returned, the token is
//     not found any more, whatever Commits of it run at the same time.
//
// porcupine judges the history of Linearizable. A failure shows the fewest calls that
// have no such order. Numbers say in which sequence they began and ended. It also names a
// file with porcupine's picture of the whole history. A history that takes too long to
// judge passes, and go test -v says so.
//
// # Peer
//
// Only with the option [Peer]. It opens a second store over the same keyspace, like another
// process. In messages store.Find is a call of the first, peer.Find of the second.
//
//   - SeesCommit. storetest.Peer: after one process has committed a session, another
//     finds it, also if it had looked for it before: the browser's next request may
//     go there.
//   - SeesOverwrite. storetest.Peer: what one process commits replaces what another
//     has found or committed before.
//   - SeesDelete. scs.SessionManager.Destroy: the user was told that the logout is
//     done, so it holds in all processes at once.
//   - Expired. scs.Store.Find: an expired session is not found, whichever process
//     committed it or found it before.
//   - ExpiryChanged. scs.Store.Commit: if the token exists, its expiry is
//     overwritten, whichever process committed it or found it before.
//   - All. scs.IterableStore.All: it returns all active sessions, whichever process
//     has committed, overwritten or deleted one.
//   - Linearizable. scs.SessionManager: requests of one session may be served by two
//     processes at the same time; the results of the calls on a token are those of
//     some sequential order, in which a call that returned before another began comes
//     first; no call is an error.
//   - Final. storetest.FinalDelete: a token that one process has deleted is
//     dead in all of them.
//
// # Prefix
//
// Only with the option [Prefix]. These checks use stores with different prefixes in one
// keyspace. Each store finds, lists and deletes its own sessions only.
//
//   - Longer. storetest.Prefix: if another prefix begins with a store's prefix, each
//     has its own sessions only; otherwise the cookie admin:TOKEN opens a session of
//     app:admin: in the application of app:.
//   - Glob. storetest.Prefix: the characters of patterns (*, ?, [a-z], %, _, \) stand
//     for themselves in a prefix.
//   - Braces. storetest.Prefix: braces, which choose the slot in a Redis Cluster, are
//     a part of the prefix.
//   - Empty. storetest.Prefix: a store with the empty prefix has its own sessions only;
//     otherwise a cookie with another store's prefix and token opens a session of that store.
//
// # Reopen
//
// Only with the option [Reopen]. These checks close the store and open it again.
//
//   - Kept. storetest.Reopen: every Commit and Delete that returned nil still holds
//     after the store was closed and opened again.
//   - Expiry. storetest.Reopen: a session still has its exact expiry after its store
//     was closed and opened again.
//
// # Fault
//
// Only with the option [Fault]. These checks break the backend and heal it. If a call does
// not return while the backend is broken, checks that make the same call are skipped.
//
//   - Find. scs.Store.Find: a lookup that fails is an error within 30 s, not found =
//     false: scs would begin a new session in place of a live one.
//   - Commit. scs.Store.Commit: a nil error means that the session is stored; if it
//     cannot be stored, there is an error within 30 s.
//   - Delete. scs.Store.Delete: a nil error means that the session is gone: the user
//     was told that the logout is done; if it cannot be removed, there is an error
//     within 30 s.
//   - All. scs.IterableStore.All: it returns all active sessions or an error within
//     30 s, never a part of them with a nil error.
//   - Recovers. scs.SessionManager: it uses one store as long as the process runs, so
//     the store works again within 30 s after its backend does.
//   - Kept. scs.Store.Commit: every Commit and Delete that returned nil still holds
//     after a fault that the backend survives.
//   - FailedWrites. scs.Store.Commit: a Commit or Delete that returned an error may
//     have had its effect or none, not half of it.
//   - AllDuring. scs.IterableStore.All: when the backend breaks while it lists many
//     sessions, it returns all of them or an error, never a part with a nil error.
//   - Expiry. scs.Store.Commit: a session has an expiry at every moment; it still
//     expires if the backend breaks during its Commit.
//   - Linearizable. scs.SessionManager: requests of one session run at the same time,
//     also while the backend breaks and heals; their calls have a sequential order,
//     in which a call that returned an error takes effect once, at any later time, or
//     never.
//   - Final. storetest.FinalDelete: a deleted token stays dead when the backend
//     breaks and heals, even if Commits of it failed meanwhile; a token whose Delete
//     failed is dead after a second Delete.
//
// # Manager
//
// A web application of net/http over scs.SessionManager and the store, and clients with
// cookies that call its handler. scs itself looks for the methods with a context. A check
// fails at a panic in the store, and at a status 500 that no rule allows. Iterate is for
// stores that have All or AllCtx.
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
//   - DestroyNew. scs.SessionManager.Destroy: a client without a session may log
//     out; scs calls Delete(""), and an error is a status 500.
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
//   - TwoManagers. storetest.Run: each store that newStore returns has a keyspace of
//     its own; a cookie of one manager opens no session of the other, and a logout
//     ends none of the other's.
//   - GarbageCookies. scs.Store.Find: a tampered or malformed token gives found =
//     false and a nil error; the client gets a fresh session and never a status 500.
//   - IdleTimeout. scs.SessionManager.IdleTimeout: a session expires if it is not
//     used for this time; every request commits it again with a later expiry.
//   - Lifetime. scs.SessionManager.Lifetime: a request may outlive its session, and
//     scs commits it with an expiry that has passed; that is no error, and there is no
//     session afterwards.
//   - DestroyDisconnected. scs.SessionManager.Destroy: a browser that goes away
//     cancels the request's context; the session is gone all the same, or Destroy
//     returns an error.
//   - CommitDisconnected. scs.SessionManager.Commit: a browser that goes away cancels
//     the request's context; the session is stored all the same, or ErrorFunc gets an
//     error and the old session or the new one is there.
//   - ConcurrentRequests. scs.SessionManager.LoadAndSave: a browser sends requests
//     of one session at the same time; the last to commit wins, none is an error, and
//     the session stays whole.
//   - FinalDestroy. storetest.FinalDelete: a request that has loaded its
//     session before the user logged out, and commits it afterwards, does not
//     bring it back.
//   - FinalRenewToken. storetest.FinalDelete: a request that has loaded its
//     session before another renewed the token, and commits it afterwards,
//     does not bring the old token back.
package storetest
