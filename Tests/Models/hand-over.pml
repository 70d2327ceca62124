/*
 * The hand-over of a container between two servers, as vzmigrate and vzmigrate-agent carry it out.
 * tools/hand-over checks everything that is claimed here.
 *
 * Server A is the source. Migration FIRST goes to server B; if it is rolled back, a SECOND one of the same container
 * may follow, to B again or to C, while the abort of the first one is still owed. `s` and `d` are the states that the
 * two journals hold, under the names of SourceState and DestinationState; whatever is not in `s`, `d` or one of the
 * other variables marked "journaled" does not survive the death of a process.
 *
 * The network is the worst one there is: an order or an answer, once sent, may arrive any number of times, at any later
 * time, in any order, after every reconnection, or never. So a message is a bit that is set when it is sent and never
 * cleared. "Sent" is what may have been sent: that a process dies before it sends is the same as a message lost.
 *
 * Crashes: unless NC bounds them, any number of deaths of either process and of losses of power of every server, at any
 * point. The guardian is the rule that the source's process is there again some time after its death: a state of the
 * source never lasts because somebody has died.
 *
 * Liveness is a bounded argument: from EVERY reachable state, if from then on nothing crashes and every exchange comes
 * through, ROUNDS rounds (a step of each side and an exchange, for either migration) end every migration: with one
 * copy that runs, or with a contradiction that both sides have reported, or in a doubt that only an operator can end.
 *
 * What must hold is in `Monitor` (of every state) and in `Calm` (of every end). To see how something breaks:
 *   spin -DNAIVE -a hand-over.pml && cc -DSAFETY -o pan pan.c && ./pan; spin -DNAIVE -t -p -g hand-over.pml
 *
 * Not in the model: what a step does to files and processes beyond the one copy that it makes, starts or ends; rounds
 * and digests (a vote is right); locks and the end of older agents (an order is one transition, but see STALE);
 * strangers who thaw or kill; journals cut short; more than two migrations.
 *
 * Compile with
 *   -DOPERATOR    operators may decide in doubt, on either side, at any time, also wrongly
 *   -DLAZY        memory follows on demand after the commit
 *   -DNC=n        at most n crashes;  -DSINGLE  no second migration;  -DNOCALM  no liveness
 *   -DWITNESS     look for what has to be possible, for a model in which nothing happens proves nothing
 * Short cuts, each of which breaks a property:
 *   NAIVE             the copy runs as soon as it is restored, and the source lets its original go when it hears so
 *   EARLYRESUME       the copy runs before COMMIT
 *   GOVOL             the source sends COMMIT, but does not journal that it decided so
 *   PALOSSY           the decision is journaled, but not forced to the disk
 *   CRIUHOLD          the original is held by a living process: its death thaws it
 *   THAWAFTERCOMMIT   the source gives up waiting after the decision
 *   RELEASEEARLY      the source releases its original before the destination has confirmed
 *   HANDBACKRAN       handing back although an activation had begun
 *   HANDBACKVOLATILE  handing back without journaling it
 *   RESTARTHANDEDBACK starting what was handed back
 *   NOPROBE           an activation that was cut off ends the processes without looking whether they are well
 *   ABORTONCE         the abort is sent once, and not owed until it is acknowledged
 *   RUNSKEPT          taking an area that was kept by --keep-dst for the container
 *   COPYFREEZES       --readonly holds its original;  COPYRUNS  the copy of --readonly is started
 *   NOEPOCH           orders and answers of one migration are obeyed by the other
 *   LAZYEOF           the end of the page stream is taken for N of N
 *   NOGONE            a source that has lost its power does not say that no memory is left to fetch
 *   LAZYREWINDS       a lazy container that ran at the destination is handed back when its stream is lost
 *   UNSETTLED         an order that finds an activation cut off forgets that it had begun
 *   SILENT            a contradiction is not journaled by the destination
 *   FORGETFUL         a removal on an operator's word is forgotten as soon as its contradiction was answered once
 *   STALE             deciding by what the journal said before the container's lock was taken
 *   KNOWINGLY         an operator's "committed" is carried out although the source's abort is already here
 */

#define FIRST  0
#define SECOND 1

#ifndef ROUNDS
#define ROUNDS 5                 /* the least that suffices: 4 do not */
#endif

/* Kinds of migration. A restarted container is stopped at the source and started at the destination. */
mtype:kind = { online, restarted, stopped, copied };
/* Where one copy of the container stands, at the source or at a destination. Not journaled: it is the world. */
mtype:copy = {
    none,      /* nothing there */
    partial,   /* an area that is being received or removed: not usable */
    kept,      /* an area that --keep-dst left: not usable as a container */
    held,      /* processes in a frozen control group, network dark */
    off,       /* a whole area without processes: it can be started, without the memory */
    running,
    released   /* at the source: given up */
};
/* SourceState. `frozen` stands for dumped too, `fenced` for accepted and synced. */
mtype:state = {
    idle, checked, fenced, frozen, restored, committed, confirmed, completed, readonlyCopied,
    rollingBack, abortOwed, rolledBack, contradicted,
    /* DestinationState. `preparing` and `activating` are accepted and committed with the step in flight journaled. */
    unknown, accepted, preparing, prepared, activating, handedBack, resumed, discarding, discarded, aborting, aborted,
    stranded   /* lazy: stopped here, because the stream was lost after it ran here */
};

mtype:kind kind = online;
bool elsewhere;                  /* the second migration goes to C, not to B */

mtype:state s[2] = idle;         /* journaled */
mtype:state d[2] = unknown;      /* journaled */
bool mayHaveRun[2];              /* journaled: an activation was begun and cut off */
bool decidedHere[2];             /* journaled: an operator decided at the destination */
bool toldS[2], toldD[2];         /* journaled: the contradiction is reported */

mtype:copy original = running;
mtype:copy copy[2] = none;
bool fetched[2];                 /* lazy: N of N pages are here */
bool sourceGone[2];              /* lazy, journaled: the source has said that its memory is gone */

/* What a proof is about, and no program knows. */
bool decided;                    /* an operator has decided something somewhere: */
bool gaveUp, tookBack;           /* on the source: assume committed, assume aborted */
bool took, threwAway;            /* on the destination: likewise */
bool ran[2];                     /* an instruction of this copy was carried out at the destination */
bool memoryLost;                 /* it was started anew although no server lost its power and nobody decided */
bool powerLost;                  /* some server lost its power, or memory is lost on an operator's word */
bool startedKnowingly;           /* a copy was let go although the contradiction was already reported */
byte releasedFor = 2;            /* the migration for which the original was released; 2 for none */
bool started;                    /* kind and place are chosen */
bool over;                       /* the calm has come and was judged */

/* ------------------------------------------------------------------------------------------------- the network -- */

#ifdef STALE
bool looked[2];                  /* an operator's vzmigrate has read the journal, and not yet taken the lock */
#endif

#define ACCEPT    1
#define PREPARE   2
#define COMMIT    4
#define ABORT     8
#define COMPLETE 16
#define GONE     32              /* COMMIT of a source that has no memory left to serve: lazy */
byte sent[2];

#define ACCEPTED      1
#define PREPARED      2
#define ACTIVATED     4
#define HANDEDBACK    8
#define DONE         16
#define CONTRADICTED 32
byte said[2];
hidden byte answer;              /* of the order at hand; 0 for none, or for a refusal */

#ifdef NOEPOCH
#define SENT(m, order)  ((sent[m] & order) || (m == SECOND && !elsewhere && s[m] != idle && (sent[FIRST] & order)))
#define SAID(m, word)   ((said[m] & word) || (m == SECOND && (said[FIRST] & word)))
#define UNSEEN(m)       true
#else
#define SENT(m, order)  (sent[m] & order)
#define SAID(m, word)   (said[m] & word)
/* B refuses an epoch that is not above every one seen, and one whose place an earlier arrival still takes. */
#define UNSEEN(m) (elsewhere || (m == FIRST && d[SECOND] == unknown) || \
                   (m == SECOND && (d[FIRST] == unknown || d[FIRST] == aborted)))
#endif

/* -------------------------------------------------------------------------------------------------- the source -- */

#define ISCOPY   (kind == copied)
#define RUNS     (kind == online || kind == restarted)    /* at the source before, at the destination after */
#define ENDED(m) (s[m] == idle || s[m] == rolledBack || s[m] == contradicted || s[m] == abortOwed)
/* The container is A's own, not held by a migration: it is started at boot. */
#define OURS     (ENDED(FIRST) && ENDED(SECOND) && original != released)
#define BOOTS (original == off && (ISCOPY || (RUNS && OURS)))
#define BEFORECOMMIT(m) (s[m] == checked || s[m] == fenced || s[m] == frozen || s[m] == restored)

inline begin(m) { s[m] = checked; sent[m] = sent[m] | ACCEPT }

inline holdOriginal(m) {
    if
    :: kind == online -> original = held
    :: kind == restarted -> original = off
    :: kind == copied ->
#ifdef COPYFREEZES
        original = held
#else
        skip
#endif
    :: else -> skip
    fi;
    s[m] = frozen; sent[m] = sent[m] | PREPARE
}

inline decideCommit(m) {
    s[m] = committed;
    sent[m] = sent[m] | COMMIT;
#ifdef RELEASEEARLY
    if :: !ISCOPY -> original = released; releasedFor = m :: else -> skip fi
#endif
}

/* step deliverCommit: the answer to COMMIT */
inline hearCommitted(m, word) {
    if
    :: word == ACTIVATED && s[m] == committed -> s[m] = confirmed
    :: word == HANDEDBACK && s[m] == committed -> s[m] = rollingBack
    /* It was released on an operator's word, and is not there either. */
    :: word == HANDEDBACK && s[m] == completed && !ISCOPY -> toldS[m] = true
    :: else -> skip
    fi
}

inline hearAborted(m, word) {
    if
    :: word == DONE && s[m] == abortOwed -> s[m] = rolledBack
    :: word == CONTRADICTED && s[m] == abortOwed -> s[m] = contradicted; toldS[m] = true
    :: word == CONTRADICTED && s[m] == rolledBack -> toldS[m] = true
    :: else -> skip
    fi
}

/* step releaseSource or registerCopy: the deed, then the record */
#define MUSTRELEASE (!ISCOPY && original != released)
inline release(m) { original = released; releasedFor = m }
inline complete(m) {
    s[m] = (ISCOPY -> readonlyCopied : completed);
    sent[m] = sent[m] | COMPLETE
}

/* step restoreSource: the deed, then the record; it may be done again from any point */
#define MUSTRESTORE (RUNS && (original == held || original == off))
inline restoreOriginal() {
    if
    :: original == off && kind == online && !powerLost -> memoryLost = true
    :: else -> skip
    fi;
    original = running
}
inline oweAbort(m) {
#ifdef ABORTONCE
    s[m] = rolledBack;
#else
    s[m] = abortOwed;
#endif
    sent[m] = sent[m] | ABORT
}

/* ---------------------------------------------------------------------------------------------- the destination -- */

inline obeyAccept(m) {
    answer = 0;
    if
    :: d[m] == unknown && UNSEEN(m) -> d[m] = accepted; copy[m] = partial; answer = ACCEPTED
    :: else -> skip
    fi;
    said[m] = said[m] | answer
}

inline obeyPrepare(m) {
    answer = 0;
    if
    :: d[m] == accepted -> d[m] = preparing
    :: d[m] == prepared || d[m] == committed || d[m] == activating || d[m] == resumed || d[m] == completed ->
        answer = PREPARED
    :: else -> skip
    fi;
    said[m] = said[m] | answer
}

/* The answer comes once there is one: until then the source repeats the order. */
inline obeyCommit(m) {
    answer = 0;
    if
    :: d[m] == prepared -> d[m] = committed
    :: d[m] == resumed || d[m] == completed -> answer = ACTIVATED
    :: d[m] == handedBack || d[m] == aborted -> answer = HANDEDBACK
    :: d[m] == discarded ->
        answer = HANDEDBACK;
#ifndef SILENT
        toldD[m] = true;
#endif
#ifdef FORGETFUL
        d[m] = aborted
#endif
    :: else -> skip
    fi;
    said[m] = said[m] | answer
}

inline contradict(m) {
#ifndef SILENT
    toldD[m] = true;
#endif
    answer = CONTRADICTED
}

inline obeyAbort(m) {
    answer = 0;
    if
    :: d[m] == unknown || d[m] == aborted -> answer = DONE
    :: d[m] == accepted || d[m] == preparing || d[m] == prepared || d[m] == handedBack || d[m] == discarded ||
        d[m] == stranded ->
        d[m] = aborting
#ifndef KNOWINGLY
    /* Nothing was begun yet on an operator's word, and the source's word is here now. */
    :: d[m] == committed && !mayHaveRun[m] -> d[m] = aborting
#else
    :: d[m] == committed && !mayHaveRun[m] -> contradict(m)
#endif
    :: d[m] == committed && mayHaveRun[m] || d[m] == resumed || d[m] == completed -> contradict(m)
    :: d[m] == activating ->
        d[m] = committed;
#ifndef UNSETTLED
        mayHaveRun[m] = true;
#endif
        contradict(m)
    :: else -> skip
    fi;
    said[m] = said[m] | answer
}

inline obeyComplete(m) {
    if :: d[m] == resumed -> d[m] = completed :: else -> skip fi
}

/* step prepareContainer: the deed, then the vote */
inline restoreHeld(m) {
    if
    :: RUNS -> copy[m] = held
    :: else -> copy[m] = off
    fi;
#if defined(NAIVE) || defined(EARLYRESUME)
    if :: RUNS -> copy[m] = running; ran[m] = true :: else -> skip fi
#endif
}
inline votePrepared(m) { d[m] = prepared; said[m] = said[m] | PREPARED }

/* step activateContainer */
#define ISGONE(m) (kind == online && copy[m] == off)
#ifdef HANDBACKRAN
#define HANDSBACK(m) (ISGONE(m) && !decidedHere[m])
#else
#define HANDSBACK(m) (ISGONE(m) && !mayHaveRun[m] && !decidedHere[m])
#endif
/* Lazy: what ran here is started anew only if there is no other way, or on an operator's word. */
#ifdef LAZY
#define STRANDS(m) (ISGONE(m) && mayHaveRun[m] && !decidedHere[m] && !sourceGone[m])
#else
#define STRANDS(m) false
#endif

inline letGo(m) {
    if
    :: ISGONE(m) -> memoryLost = !powerLost; fetched[m] = true
    :: else -> skip
    fi;
    if
    :: RUNS -> copy[m] = running; ran[m] = true; startedKnowingly = startedKnowingly || (toldD[m] && !mayHaveRun[m])
    :: else ->
#ifdef COPYRUNS
        copy[m] = running; ran[m] = true
#else
        skip
#endif
    fi
}
/* The deed is done, and what is to be journaled is `resumed`. */
#ifdef COPYRUNS
#define ISLETGO(m) (copy[m] == running)
#else
#define ISLETGO(m) (copy[m] == running || (!RUNS && copy[m] == off))
#endif

/* What only led here is of no use any more. */
inline recordResumed(m) { d[m] = resumed; said[m] = said[m] | ACTIVATED; mayHaveRun[m] = false; decidedHere[m] = false }

/* A copy that ran, removed by an abort, is no copy any more, whatever --keep-dst leaves of it. */
inline discard(m, rest) {
    copy[m] = rest;
    d[m] = (d[m] == discarding -> discarded : aborted);
    mayHaveRun[m] = false; decidedHere[m] = false
}

/* ------------------------------------------------------------------------------------------------------ crashes -- */

#ifdef NC
byte crashes;
#define MAYCRASH (crashes < NC)
#define COUNT    crashes++
#else
#define MAYCRASH true
#define COUNT    skip
#endif

/* Before the decision, a step that was in flight has failed: presumed abort. After it, the same step again. */
inline sourceDies(m) {
    if
    :: BEFORECOMMIT(m) -> s[m] = rollingBack
#ifdef GOVOL
    :: s[m] == committed -> s[m] = rollingBack
#endif
    :: else -> skip
    fi
}
inline destinationDies(m) {
    if
    :: d[m] == preparing -> d[m] = aborting
    :: d[m] == activating ->
        d[m] = committed; mayHaveRun[m] = true;
#ifdef NOPROBE
        copy[m] = off
#endif
    :: else -> skip
    fi
}
inline copyDies(m) {
    if
    :: copy[m] == held || copy[m] == running ->
        copy[m] = off;
#ifdef LAZY
        if :: d[m] != resumed && d[m] != completed -> fetched[m] = false :: else -> skip fi
#endif
    :: else -> skip
    fi
}

/* ---------------------------------------------------------------------------------------- liveness, by bounding -- */

hidden byte round;

/* One step that the source takes of itself, or nothing. */
inline sourceSteps(m, forward) {
    if
    :: BEFORECOMMIT(m) && !forward -> s[m] = rollingBack
    :: BEFORECOMMIT(m) && forward && s[m] == fenced -> holdOriginal(m)
    :: BEFORECOMMIT(m) && forward && s[m] == restored -> decideCommit(m)
    :: s[m] == confirmed -> if :: MUSTRELEASE -> release(m) :: else -> skip fi; complete(m)
    :: s[m] == rollingBack -> if :: MUSTRESTORE -> restoreOriginal() :: else -> skip fi; oweAbort(m)
    :: else -> skip
    fi
}

/* What a recovery at the destination does of itself; so does the agent before it answers. */
inline destinationSteps(m) {
    if
    :: d[m] == preparing -> restoreHeld(m); votePrepared(m)
    :: d[m] == committed && HANDSBACK(m) -> d[m] = handedBack
    :: d[m] == committed && STRANDS(m) -> d[m] = stranded
    :: (d[m] == committed && !HANDSBACK(m) && !STRANDS(m)) || d[m] == activating ->
        if
        :: ISLETGO(m) -> skip
        :: !ISLETGO(m) && d[m] == activating && HANDSBACK(m) -> d[m] = handedBack
        :: else -> letGo(m)
        fi;
        if
        :: d[m] == handedBack -> skip
        :: else ->
#ifdef LAZY
            if
            :: fetched[m] -> recordResumed(m)
            :: !fetched[m] && original == held && s[m] == committed -> fetched[m] = true; recordResumed(m)
            :: else -> copy[m] = off; mayHaveRun[m] = true; d[m] = committed
            fi
#else
            recordResumed(m)
#endif
        fi
    :: d[m] == stranded && sourceGone[m] -> d[m] = committed
    :: d[m] == aborting || d[m] == discarding -> discard(m, none)
    /* at boot */
    :: (d[m] == resumed || d[m] == completed) && RUNS && copy[m] == off -> copy[m] = running
    :: else -> skip
    fi
}

/* What has ended at the source is settled only if the destination's hello names it as unfinished. */
#ifdef ABORTONCE
#define LISTED(m) (s[m] != rolledBack && d[m] != unknown && d[m] != completed && d[m] != aborted)
#else
#define LISTED(m) (d[m] != unknown && d[m] != completed && d[m] != aborted)
#endif

/* The source's order that is due, and its answer. */
inline exchange(m) {
    answer = 0;
    if
    :: s[m] == checked ->
        obeyAccept(m);
        if :: d[m] == accepted -> s[m] = fenced :: else -> s[m] = rollingBack fi
    :: s[m] == frozen ->
        if :: d[m] == accepted -> obeyPrepare(m) :: else -> skip fi;
        destinationSteps(m);
        answer = 0;
        obeyPrepare(m);
        if :: answer == PREPARED -> s[m] = restored :: else -> s[m] = rollingBack fi
    :: s[m] == committed || ((s[m] == completed || s[m] == readonlyCopied) && LISTED(m)) ->
#ifdef LAZY
#ifndef NOGONE
        if :: original != held -> sourceGone[m] = true :: else -> skip fi;
#endif
#endif
        obeyCommit(m);
        hearCommitted(m, answer);
        if :: (s[m] == completed || s[m] == readonlyCopied) && answer == ACTIVATED -> obeyComplete(m) :: else -> skip fi
    :: s[m] == abortOwed || ((s[m] == rolledBack || s[m] == contradicted) && LISTED(m)) ->
        obeyAbort(m);
        hearAborted(m, answer)
    :: else -> skip
    fi
}

/* ------------------------------------------------------------------------------------------------ what must hold -- */

#define RUNNING     ((original == running) + (copy[FIRST] == running) + (copy[SECOND] == running))
#define USABLE(m)   (copy[m] == held || copy[m] == off || copy[m] == running)
#define SCLOSED(m)  (s[m] == idle || s[m] == completed || s[m] == readonlyCopied || s[m] == rolledBack || \
                     s[m] == contradicted)
#define DCLOSED(m)  (d[m] == unknown || d[m] == completed || d[m] == aborted)
/* Migration m has brought the container to its destination for good. */
#define HERE(m)     (USABLE(m) && (d[m] == resumed || d[m] == completed))
/* The two journals tell two stories: two copies run, or none is left. */
#define TWO(m)      (HERE(m) && !ISCOPY && (s[m] == rolledBack || s[m] == contradicted || s[m] == abortOwed))
#define NONELEFT(m) (releasedFor == m && !USABLE(m))
#define CONFLICT(m) (TWO(m) || NONELEFT(m))
#define TOLD(m)     (toldS[m] && toldD[m])
/* Released on an operator's word and handed back: the one copy is at the destination, for its operator to start. */
#define AWAITED(m)  (s[m] == completed && d[m] == handedBack && decided && toldS[m] && USABLE(m))
/* Lazy: it ran there and cannot go on there; the memory of the freeze is here. */
#define INDOUBT(m)  (s[m] == committed && d[m] == stranded && original == held && USABLE(m))
/* Exactly one runs; of a stopped container exactly one is registered; a copied one is where it was. */
#define ONECOPY     ((RUNS && RUNNING == 1) || \
                     (kind == stopped && RUNNING == 0 && (original == off) + HERE(FIRST) + HERE(SECOND) == 1) || \
                     (ISCOPY && original == running && (decided || s[FIRST] != readonlyCopied || HERE(FIRST))))

/* Each is a variable so that pan names what was broken. */
hidden byte two_copies_run, no_copy_is_left, rewound, memory_lost_for_nothing, pages_are_missing, readonly_touched,
    started_knowingly, given_up_after_it_ran;

/* What has run at the destination stays there. A lazy one that is stranded may be given up, on an operator's word. */
#ifdef LAZY
#define GIVENUP(m) (d[m] == handedBack)
#else
#define GIVENUP(m) (d[m] == handedBack || d[m] == discarded || d[m] == aborted)
#endif

/* True of every reachable state. Nothing of it is left to the last state. */
active proctype Monitor() provided (started && !over) {
end:
    do
    :: d_step {
        two_copies_run = RUNNING > 1 && !ISCOPY && !tookBack && !took;
        /* The copy that counts: A's own, or that of the migration for which A's was released. Two have to err. */
        no_copy_is_left = releasedFor < 2 && !USABLE(releasedFor) && !(gaveUp && threwAway);
        /* What ran at the destination goes on at the source. */
        rewound = original == running && (ran[FIRST] || ran[SECOND]) && !decided;
        /* Memory goes with the power only. */
        memory_lost_for_nothing = memoryLost;
        /* The original was given up before all of its memory was there. */
#ifdef LAZY
        pages_are_missing = releasedFor < 2 && kind == online && !fetched[releasedFor] && !decided;
#endif
        readonly_touched = ISCOPY && (original == held || original == released || ran[FIRST]);
        /* These two hold whatever an operator decides. */
        started_knowingly = startedKnowingly;
        given_up_after_it_ran = (ran[FIRST] && GIVENUP(FIRST)) || (ran[SECOND] && GIVENUP(SECOND));
        assert(!two_copies_run);
        assert(!no_copy_is_left);
        assert(!rewound);
        assert(!memory_lost_for_nothing);
        assert(!pages_are_missing);
        assert(!readonly_touched);
        assert(!started_knowingly);
        assert(!given_up_after_it_ran)
    }
    od
}

inline calmRound(m) {
    sourceSteps(m, isForward);
    exchange(m);
    destinationSteps(m)
}
inline forget(m) {
    s[m] = idle; d[m] = unknown; mayHaveRun[m] = false; decidedHere[m] = false; toldS[m] = false; toldD[m] = false;
    copy[m] = none; fetched[m] = false; sourceGone[m] = false; ran[m] = false; sent[m] = 0; said[m] = 0
}

#define CLOSED(m) (SCLOSED(m) && (DCLOSED(m) || (toldD[m] && (d[m] == discarded || d[m] == resumed))))
hidden byte not_ended, not_reported, not_one_copy;
hidden byte isForward;

/* From here on nothing crashes, nobody decides, and every exchange comes through. */
active proctype Calm() {
#ifndef NOCALM
end:
    atomic { started ->
        /* A migration that is not decided yet may go either way. */
        if :: isForward = true :: isForward = false fi;
        d_step {
            round = 0;
            do
            :: round < ROUNDS ->
                calmRound(FIRST);
                calmRound(SECOND);
                if :: BOOTS -> original = running :: else -> skip fi;
                round++
            :: else -> break
            od;
            not_ended = (!CLOSED(FIRST) && !AWAITED(FIRST) && !INDOUBT(FIRST)) ||
                (!CLOSED(SECOND) && !AWAITED(SECOND) && !INDOUBT(SECOND));
            not_reported = (CONFLICT(FIRST) && !TOLD(FIRST)) || (CONFLICT(SECOND) && !TOLD(SECOND));
            /* Only an operator's decision makes anything else of it. */
            not_one_copy = !ONECOPY && !INDOUBT(FIRST) && !INDOUBT(SECOND) &&
                !((tookBack || took) && (TWO(FIRST) || TWO(SECOND))) &&
                !(gaveUp && threwAway && (NONELEFT(FIRST) || NONELEFT(SECOND))) &&
                !(gaveUp && (AWAITED(FIRST) || AWAITED(SECOND)));
            assert(!not_ended);
            assert(!not_reported);
            assert(!not_one_copy);
            /* All ends are one state. */
            over = true; forget(FIRST); forget(SECOND);
            kind = online; elsewhere = false; original = none; releasedFor = 2;
            decided = false; gaveUp = false; tookBack = false; took = false; threwAway = false;
            memoryLost = false; powerLost = false; startedKnowingly = false
#ifdef NC
            ; crashes = 0
#endif
        }
    }
#else
    skip
#endif
}
/* ---------------------------------------------------------------------------------------------- what may happen -- */

init {
    atomic {
        if
        :: kind = online
#ifndef LAZY
        :: kind = restarted
        :: kind = stopped; original = off
        :: kind = copied
#endif
        fi;
        if :: elsewhere = true :: elsewhere = false fi
    }
    run Source(FIRST); run Source(SECOND); run Destination(FIRST); run Destination(SECOND);
    started = true
}

/* An operator is believed, right or wrong; memory is lost on his word. */
inline decide() { decided = true; powerLost = true }

inline streamEnds(m) {
#ifdef LAZYEOF
    recordResumed(m)
#elif defined(LAZYREWINDS)
    copy[m] = off; d[m] = handedBack; said[m] = said[m] | HANDEDBACK
#else
    copy[m] = off; mayHaveRun[m] = true; d[m] = stranded
#endif
}

proctype Source(byte m) provided (started && !over) {
end:
    do
    :: atomic { s[m] == idle && m == FIRST -> begin(m) }
    /* A roll-back leaves the container free to go again, the abort of the first try still owed. */
#ifndef SINGLE
    :: atomic { s[m] == idle && m == SECOND && !ISCOPY && s[FIRST] != idle && OURS -> begin(m) }
#endif
    :: atomic { s[m] == checked && SAID(m, ACCEPTED) -> s[m] = fenced }
    :: atomic { s[m] == fenced && (original == running || kind == stopped || ISCOPY) -> holdOriginal(m) }
    :: atomic { s[m] == frozen && SAID(m, PREPARED) ->
#ifdef NAIVE
        s[m] = confirmed
#else
        s[m] = restored
#endif
    }
    :: atomic { s[m] == restored -> decideCommit(m) }
    /* A failure, an interruption, or a time that has passed. */
    :: atomic { BEFORECOMMIT(m) -> s[m] = rollingBack }
#ifdef THAWAFTERCOMMIT
    :: atomic { s[m] == committed -> s[m] = rollingBack }
#endif
    :: atomic { SAID(m, ACTIVATED) -> hearCommitted(m, ACTIVATED) }
    :: atomic { SAID(m, HANDEDBACK) -> hearCommitted(m, HANDEDBACK) }
    :: atomic { SAID(m, DONE) -> hearAborted(m, DONE) }
    :: atomic { SAID(m, CONTRADICTED) -> hearAborted(m, CONTRADICTED) }
    :: atomic { s[m] == confirmed && MUSTRELEASE -> release(m) }
    :: atomic { s[m] == confirmed && !MUSTRELEASE -> complete(m) }
    :: atomic { s[m] == rollingBack && MUSTRESTORE -> restoreOriginal() }
    :: atomic { s[m] == rollingBack && !MUSTRESTORE -> oweAbort(m) }
#if defined(LAZY) && !defined(NOGONE)
    :: atomic { (s[m] == committed || s[m] == completed) && original != held -> sent[m] = sent[m] | GONE }
#endif
#ifdef OPERATOR
    :: atomic { s[m] == committed -> decide(); gaveUp = true; s[m] = confirmed }
    :: atomic { s[m] == committed -> decide(); tookBack = true; s[m] = rollingBack }
    :: atomic { s[m] == abortOwed -> decide(); s[m] = rolledBack }
#endif
    od
}

proctype Destination(byte m) provided (started && !over) {
end:
    do
    :: atomic { SENT(m, ACCEPT) -> obeyAccept(m) }
    :: atomic { SENT(m, PREPARE) -> obeyPrepare(m) }
    :: atomic { SENT(m, COMMIT) -> obeyCommit(m) }
    :: atomic { SENT(m, ABORT) -> obeyAbort(m) }
    :: atomic { SENT(m, COMPLETE) -> obeyComplete(m) }
    /* The session has ended before the vote. */
    :: atomic { d[m] == accepted -> d[m] = aborting }
    :: atomic { d[m] == preparing && copy[m] == partial -> restoreHeld(m) }
    :: atomic { d[m] == preparing && copy[m] != partial -> votePrepared(m) }
    :: atomic { d[m] == committed -> d[m] = activating }
    :: atomic { d[m] == activating && HANDSBACK(m) ->
        said[m] = said[m] | HANDEDBACK;
#ifndef HANDBACKVOLATILE
        d[m] = handedBack
#endif
    }
    :: atomic { d[m] == activating && !HANDSBACK(m) && !STRANDS(m) && !ISLETGO(m) -> letGo(m) }
#ifndef LAZY
    :: atomic { d[m] == activating && ISLETGO(m) -> recordResumed(m) }
#else
    :: atomic { d[m] == activating && ISLETGO(m) && !fetched[m] && original == held && s[m] == committed ->
        fetched[m] = true }
    :: atomic { d[m] == activating && ISLETGO(m) && fetched[m] -> recordResumed(m) }
    /* The stream is lost for good: what ran here is stopped, and nobody but an operator goes on. */
    :: atomic { d[m] == activating && copy[m] == running && !fetched[m] -> streamEnds(m) }
    :: atomic { d[m] == activating && STRANDS(m) -> d[m] = stranded }
    :: atomic { SENT(m, GONE) -> sourceGone[m] = true }
    :: atomic { d[m] == stranded && sourceGone[m] -> d[m] = committed }
#endif
    /* The step failed, for whatever reason: it is tried again. */
    :: atomic { d[m] == activating -> d[m] = committed; mayHaveRun[m] = true }
#ifdef RESTARTHANDEDBACK
    :: atomic { d[m] == handedBack && copy[m] != running -> letGo(m) }
#endif
    :: atomic { (d[m] == aborting || d[m] == discarding) ->
        #ifdef OPERATOR
        discard(m, none);
#else
        if :: discard(m, none) :: discard(m, kept) fi;
#endif
        if :: d[m] == aborted -> said[m] = said[m] | DONE :: else -> skip fi
    }
    /* At boot. */
    :: atomic { (d[m] == resumed || d[m] == completed) && RUNS && copy[m] == off -> copy[m] = running }
#ifndef LAZY
    /* Likewise, where the power went between letting it go and journaling that; a lazy one is fenced until N of N. */
    :: atomic { d[m] == committed && mayHaveRun[m] && ran[m] && copy[m] == off -> copy[m] = running }
#endif
#ifdef RUNSKEPT
    :: atomic { copy[m] == kept -> copy[m] = running; ran[m] = true }
#endif
#ifdef STALE
    :: atomic { d[m] == prepared -> looked[m] = true }
    :: atomic { looked[m] && d[m] == resumed -> decide(); threwAway = true; looked[m] = false; d[m] = discarded }
#endif
#ifdef OPERATOR
    :: atomic { d[m] == prepared || d[m] == handedBack || d[m] == stranded ->
        decide(); took = true; decidedHere[m] = true; d[m] = committed }
    :: atomic { d[m] == prepared || d[m] == handedBack || d[m] == stranded ->
        decide(); threwAway = true; decidedHere[m] = true; d[m] = discarding }
#endif
    od
}

active proctype Crashes() provided (started && !over) {
end:
    do
    :: atomic { MAYCRASH -> COUNT; sourceDies(FIRST); sourceDies(SECOND);
#ifdef CRIUHOLD
        if :: original == held -> original = running :: else -> skip fi
#endif
    }
    /* B serves both migrations, or C the second. */
    :: atomic { MAYCRASH -> COUNT;
        destinationDies(FIRST);
        if :: !elsewhere -> destinationDies(SECOND) :: else -> skip fi
    }
    :: atomic { MAYCRASH && elsewhere -> COUNT; destinationDies(SECOND) }
    :: atomic { MAYCRASH -> COUNT; powerLost = true;
        sourceDies(FIRST); sourceDies(SECOND);
#ifdef PALOSSY
        if :: s[FIRST] == committed -> s[FIRST] = rollingBack :: else -> skip fi;
        if :: s[SECOND] == committed -> s[SECOND] = rollingBack :: else -> skip fi;
#endif
        if :: original == held || original == running -> original = off :: else -> skip fi
    }
    :: atomic { MAYCRASH -> COUNT; powerLost = true;
        destinationDies(FIRST); copyDies(FIRST);
        if :: !elsewhere -> destinationDies(SECOND); copyDies(SECOND) :: else -> skip fi
    }
    :: atomic { MAYCRASH && elsewhere -> COUNT; powerLost = true; destinationDies(SECOND); copyDies(SECOND) }
    :: atomic { BOOTS -> original = running }
    od
}

#ifdef WITNESS
hidden byte seen_two_reported, seen_none_reported, seen_awaited, seen_doubt, seen_lazy_end,
    seen_lazy_cold_start, seen_second_after_hand_back, seen_second_while_abort_owed, seen_second_on_kept,
    seen_elsewhere, seen_cut_off, seen_copy, seen_stopped_moved, seen_power_lost_everywhere;

/* All of these must be found. */
active proctype Witness() provided (started && !over) {
end:
    do
    :: d_step {
#if defined(OPERATOR)
        seen_two_reported = TWO(FIRST) && RUNNING == 2 && TOLD(FIRST);
        seen_none_reported = NONELEFT(FIRST) && TOLD(FIRST);
        seen_awaited = AWAITED(FIRST);
        assert(!seen_two_reported);
        assert(!seen_none_reported);
        assert(!seen_awaited)
#elif defined(LAZY)
        seen_doubt = INDOUBT(FIRST) && !powerLost;
        seen_lazy_end = s[FIRST] == completed && d[FIRST] == completed && !powerLost;
        seen_lazy_cold_start = s[FIRST] == completed && sourceGone[FIRST] && copy[FIRST] == running;
        assert(!seen_doubt);
        assert(!seen_lazy_end);
        assert(!seen_lazy_cold_start)
#else
        seen_second_after_hand_back = s[SECOND] == completed && copy[SECOND] == running && (said[FIRST] & HANDEDBACK);
        seen_second_while_abort_owed = d[SECOND] == completed && s[FIRST] == abortOwed && !elsewhere;
        seen_second_on_kept = copy[SECOND] == running && copy[FIRST] == kept && !elsewhere;
        seen_elsewhere = copy[SECOND] == running && copy[FIRST] == held && elsewhere;
        seen_cut_off = d[FIRST] == committed && mayHaveRun[FIRST] && ran[FIRST] && copy[FIRST] == off;
        seen_copy = s[FIRST] == readonlyCopied && d[FIRST] == completed && original == running;
        seen_stopped_moved = kind == stopped && s[FIRST] == completed && d[FIRST] == completed;
        seen_power_lost_everywhere = s[FIRST] == committed && original == off && d[FIRST] == handedBack;
        assert(!seen_second_after_hand_back);
        assert(!seen_second_while_abort_owed);
        assert(!seen_second_on_kept);
        assert(!seen_elsewhere);
        assert(!seen_cut_off);
        assert(!seen_copy);
        assert(!seen_stopped_moved);
        assert(!seen_power_lost_everywhere)
#endif
    }
    od
}
#endif
