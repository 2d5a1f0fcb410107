/* kernel_stand_in.so: a stock IKE daemon completes its Child SAs on a kernel that has no ESP.
 *
 *     cc -shared -fPIC -O2 -o kernel_stand_in.so kernel_stand_in.c -lpthread -ldl
 *     LD_PRELOAD=.../kernel_stand_in.so pluto ...
 *
 * It stands between the daemon and the kernel's answers about SAs, and nowhere else; no IKE message passes through here.
 *
 * XFRM (netlink; Libreswan, strongSwan's kernel-netlink): every request reaches the kernel, which gives out SPIs and keeps
 * policies as ever. What it refuses only for want of ESP is turned into an acknowledgement when the daemon reads it.
 *
 * PF_KEY (RFC 2367; OpenIKED): where the kernel has no such sockets, a thread answers in its place. It invents SPIs and
 * keeps each SA's lifetimes, since it is SADB_EXPIRE that makes OpenIKED rekey a Child SA.
 *
 * There is no data plane. IKEVET_STAND_IN_LOG names a file that gets a line for whatever was answered here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/pfkeyv2.h>
#include <linux/xfrm.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static void tell(const char *format, ...) {
  const char *path = getenv("IKEVET_STAND_IN_LOG");
  if (path == NULL) return;
  char line[160];
  va_list values;
  va_start(values, format);
  const int length = vsnprintf(line, sizeof line, format, values);
  va_end(values);
  const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (length > 0 && write(fd, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1) < 0) errno = 0;
  close(fd);
}

/* ---------------------------------------------------------------------------------------------------------- netlink */

static int is_xfrm(int fd) {
  int domain = 0, protocol = 0;
  socklen_t size = sizeof domain;
  const int before = errno;
  const int found = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK &&
                    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_XFRM;
  errno = before;
  return found;
}

/* Is this refusal one that a kernel with ESP would not have given? */
static int for_want_of_esp(int request, int error) {
  switch (request) {
    case XFRM_MSG_NEWSA:
    case XFRM_MSG_UPDSA:
      return error == -EPROTONOSUPPORT || error == -ENOSYS; /* no such transform, or no AEAD for it */
    case XFRM_MSG_DELSA:
      return error == -ESRCH; /* it never got in */
    case XFRM_MSG_MIGRATE:
      return 1; /* nothing is there to be moved */
    default:
      return 0;
  }
}

static void acknowledge(int fd, void *octets, ssize_t length) {
  if (length <= 0 || !is_xfrm(fd)) return;
  size_t left = (size_t)length;
  for (struct nlmsghdr *message = octets; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))) continue;
    struct nlmsgerr *answer = NLMSG_DATA(message);
    if (answer->error == 0 || !for_want_of_esp(answer->msg.nlmsg_type, answer->error)) continue;
    tell("xfrm request %d: error %d becomes 0\n", answer->msg.nlmsg_type, answer->error);
    answer->error = 0;
  }
}

static ssize_t within(ssize_t got, size_t size) { return got > (ssize_t)size ? (ssize_t)size : got; }

ssize_t recvfrom(int fd, void *restrict to, size_t size, int flags, struct sockaddr *restrict from,
                 socklen_t *restrict from_size) {
  const ssize_t got = NEXT(recvfrom)(fd, to, size, flags, from, from_size);
  acknowledge(fd, to, within(got, size));
  return got;
}

ssize_t recv(int fd, void *to, size_t size, int flags) {
  const ssize_t got = NEXT(recv)(fd, to, size, flags);
  acknowledge(fd, to, within(got, size));
  return got;
}

ssize_t read(int fd, void *to, size_t size) {
  const ssize_t got = NEXT(read)(fd, to, size);
  acknowledge(fd, to, got);
  return got;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  const ssize_t got = NEXT(recvmsg)(fd, message, flags);
  if (got > 0 && message->msg_iovlen > 0)
    acknowledge(fd, message->msg_iov[0].iov_base, within(got, message->msg_iov[0].iov_len));
  return got;
}

/* What the compiler makes of the above with _FORTIFY_SOURCE, as Debian builds. */
ssize_t __recvfrom_chk(int, void *restrict, size_t, size_t, int, struct sockaddr *restrict, socklen_t *restrict);
ssize_t __recvfrom_chk(int fd, void *restrict to, size_t size, size_t room, int flags, struct sockaddr *restrict from,
                       socklen_t *restrict from_size) {
  return recvfrom(fd, to, size < room ? size : room, flags, from, from_size);
}

ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags) {
  return recv(fd, to, size < room ? size : room, flags);
}

ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __read_chk(int fd, void *to, size_t size, size_t room) { return read(fd, to, size < room ? size : room); }

/* ----------------------------------------------------------------------------------------------------------- PF_KEY */

#define MOST_SAS 1024

struct security_association {
  uint32_t spi; /* 0: free */
  uint8_t kind;
  time_t soft, hard; /* 0: none, or told already */
};

struct key_engine {
  int fd;
  struct security_association sas[MOST_SAS];
};

static struct security_association *find(struct key_engine *engine, uint32_t spi) {
  for (size_t i = 0; i < MOST_SAS; ++i)
    if (engine->sas[i].spi == spi) return &engine->sas[i];
  return NULL;
}

/* The extension of this type in a request, RFC 2367 section 2.3. */
static void *extension(struct sadb_msg *request, size_t length, uint16_t type) {
  size_t at = sizeof *request;
  while (at + sizeof(struct sadb_ext) <= length) {
    struct sadb_ext *here = (struct sadb_ext *)((char *)request + at);
    if (here->sadb_ext_len == 0) return NULL;
    if (here->sadb_ext_type == type) return here;
    at += here->sadb_ext_len * 8u;
  }
  return NULL;
}

static time_t due(const struct sadb_lifetime *lifetime) {
  return lifetime == NULL || lifetime->sadb_lifetime_addtime == 0
             ? 0
             : time(NULL) + (time_t)lifetime->sadb_lifetime_addtime;
}

struct reply {
  struct sadb_msg message;
  struct sadb_sa sa;
  struct sadb_lifetime lifetime;
};

static void send_reply(struct key_engine *engine, struct reply *reply, size_t length) {
  reply->message.sadb_msg_len = (uint16_t)(length / 8);
  if (send(engine->fd, reply, length, MSG_NOSIGNAL) < 0) tell("pfkey: the daemon does not read (%d)\n", errno);
}

static void put_sa(struct reply *reply, uint32_t spi) {
  reply->sa.sadb_sa_len = sizeof reply->sa / 8;
  reply->sa.sadb_sa_exttype = SADB_EXT_SA;
  reply->sa.sadb_sa_spi = spi;
}

static void put_lifetime(struct reply *reply, uint16_t type) {
  reply->lifetime.sadb_lifetime_len = sizeof reply->lifetime / 8;
  reply->lifetime.sadb_lifetime_exttype = type;
}

static uint32_t new_spi(struct key_engine *engine) {
  uint32_t spi = 0;
  while (spi < 0x100 || find(engine, spi) != NULL) /* 1..255 are reserved, RFC 4303 section 2.1 */
    if (getrandom(&spi, sizeof spi, 0) != sizeof spi) abort();
  return spi;
}

static void serve(struct key_engine *engine, struct sadb_msg *request, size_t length) {
  const struct sadb_sa *sa = extension(request, length, SADB_EXT_SA);
  struct security_association *known = sa == NULL || sa->sadb_sa_spi == 0 ? NULL : find(engine, sa->sadb_sa_spi);
  struct reply reply = {.message = *request};
  size_t size = sizeof reply.message;
  reply.message.sadb_msg_errno = 0;
  switch (request->sadb_msg_type) {
    case SADB_GETSPI: {
      struct security_association *room = find(engine, 0);
      if (room == NULL) {
        reply.message.sadb_msg_errno = ENOBUFS;
        break;
      }
      *room = (struct security_association){.spi = new_spi(engine), .kind = request->sadb_msg_satype};
      put_sa(&reply, room->spi);
      size += sizeof reply.sa;
      break;
    }
    case SADB_ADD:
    case SADB_UPDATE:
      if (known == NULL && (known = find(engine, 0)) != NULL && sa != NULL) known->spi = sa->sadb_sa_spi;
      if (known == NULL || sa == NULL) {
        reply.message.sadb_msg_errno = sa == NULL ? EINVAL : ENOBUFS;
        break;
      }
      known->kind = request->sadb_msg_satype;
      known->soft = due(extension(request, length, SADB_EXT_LIFETIME_SOFT));
      known->hard = due(extension(request, length, SADB_EXT_LIFETIME_HARD));
      break;
    case SADB_DELETE:
      if (known != NULL) *known = (struct security_association){0};
      break;
    case SADB_GET:
      if (known == NULL) {
        reply.message.sadb_msg_errno = ESRCH;
        break;
      }
      put_sa(&reply, known->spi);
      put_lifetime(&reply, SADB_EXT_LIFETIME_CURRENT); /* never used: nothing passes */
      size = sizeof reply;
      break;
    default: /* REGISTER, FLUSH and the policies: noted */
      break;
  }
  tell("pfkey request %d: errno %d\n", request->sadb_msg_type, reply.message.sadb_msg_errno);
  send_reply(engine, &reply, size);
}

static void expire(struct key_engine *engine) {
  const time_t now = time(NULL);
  for (size_t i = 0; i < MOST_SAS; ++i) {
    struct security_association *sa = &engine->sas[i];
    const int hard = sa->hard != 0 && now >= sa->hard;
    if (!hard && (sa->soft == 0 || now < sa->soft)) continue;
    sa->soft = 0;
    if (hard) sa->hard = 0;
    struct reply told = {.message = {.sadb_msg_version = PF_KEY_V2,
                                     .sadb_msg_type = SADB_EXPIRE,
                                     .sadb_msg_satype = sa->kind}};
    put_sa(&told, sa->spi);
    put_lifetime(&told, hard ? SADB_EXT_LIFETIME_HARD : SADB_EXT_LIFETIME_SOFT);
    tell("pfkey: %s lifetime has passed\n", hard ? "hard" : "soft");
    send_reply(engine, &told, sizeof told);
  }
}

static void *run(void *argument) {
  struct key_engine *engine = argument;
  /* A kernel answers at once, and OpenIKED gives up a Child SA otherwise; so this may not wait for a busy machine. */
  const struct sched_param first = {.sched_priority = 1};
  if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &first) != 0) tell("pfkey: no priority over others\n");
  static const int kGlance = 250; /* milliseconds; lifetimes count in seconds */
  uint64_t request[8192];
  for (;;) {
    struct pollfd waiting = {.fd = engine->fd, .events = POLLIN};
    if (NEXT(poll)(&waiting, 1, kGlance) <= 0) {
      expire(engine);
      continue;
    }
    const ssize_t got = NEXT(recv)(engine->fd, request, sizeof request, 0);
    if (got == 0 || (got < 0 && errno != EINTR)) break;
    if (got >= (ssize_t)sizeof(struct sadb_msg)) serve(engine, (struct sadb_msg *)request, (size_t)got);
  }
  close(engine->fd);
  free(engine);
  return NULL;
}

static int stand_in_for_key_socket(int type) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | (type & (SOCK_CLOEXEC | SOCK_NONBLOCK)), 0, ends) != 0) return -1;
  struct key_engine *engine = calloc(1, sizeof *engine);
  pthread_t thread;
  if (engine == NULL || fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) & ~O_NONBLOCK) != 0 ||
      (engine->fd = ends[1], pthread_create(&thread, NULL, run, engine)) != 0) {
    free(engine);
    close(ends[0]);
    close(ends[1]);
    errno = ENOBUFS;
    return -1;
  }
  pthread_detach(thread);
  tell("pfkey: a thread answers\n");
  return ends[0];
}

int socket(int domain, int type, int protocol) {
  const int fd = NEXT(socket)(domain, type, protocol);
  return fd < 0 && domain == PF_KEY && errno == EAFNOSUPPORT ? stand_in_for_key_socket(type) : fd;
}

/* OpenIKED waits one millisecond for the kernel's answer. A thread on a busy machine may need longer. */
int poll(struct pollfd *waiting, nfds_t count, int timeout) {
  static const int kPatience = 5000, kNextToNothing = 10; /* milliseconds */
  int domain = 0, type = 0;
  socklen_t domain_size = sizeof domain, type_size = sizeof type;
  const int short_wait = count == 1 && timeout > 0 && timeout <= kNextToNothing;
  if (short_wait && getsockopt(waiting->fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) == 0 && domain == AF_UNIX &&
      getsockopt(waiting->fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_SEQPACKET)
    timeout = kPatience;
  return NEXT(poll)(waiting, count, timeout);
}

/* The daemon exempts its own sockets from IPsec by a policy of PF_KEY's form, which the kernel does not know either. */
int setsockopt(int fd, int level, int option, const void *value, socklen_t size) {
  const int done = NEXT(setsockopt)(fd, level, option, value, size);
  const int bypass =
      (level == IPPROTO_IP && option == IP_IPSEC_POLICY) || (level == IPPROTO_IPV6 && option == IPV6_IPSEC_POLICY);
  if (done == 0 || errno != EOPNOTSUPP || !bypass) return done;
  tell("bypass policy of a socket: taken as set\n");
  return 0;
}
