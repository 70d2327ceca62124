#pragma once

/// Takes SIGINT, SIGTERM and SIGHUP for the whole process, and ignores SIGPIPE. A SIGHUP that is ignored already (nohup)
/// stays so. Returns a descriptor that becomes readable with the first of them, or -1 with errno set.
///
/// Handlers and not a signal mask: Swift's runtime parks the main thread in sigsuspend(2) with an empty mask.
int vz_take_end_signals(void);

