/*
 * secure.c: a program that holds a plain TCP socket and has it secured by
 * sslpool.  It is linked with no TLS library; all it needs is the application
 * socket of a stack (docs/application-socket.md).
 *
 *     cc -std=c11 -Wall -Wextra -o secure secure.c
 *
 *     ./secure /run/sslpool/TCPIP.application query WEBCERT
 *     ./secure /run/sslpool/TCPIP.application server WEBCERT 127.0.0.1 8443
 *     ./secure /run/sslpool/TCPIP.application client www.example.com 192.0.2.1 443
 *
 * "server" takes one connection and sends back what comes; with port 0 it takes
 * any port, and writes which.  "client" sends what it reads from its standard
 * input, and writes what comes.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LONGEST_REQUEST 2048
#define LONGEST_REPLY 65536

/* Every reply begins like this where all is well; see the page. */
static const char ACCEPTED[] = "{\"version\":1,\"code\":0";

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* Whoever listens gets the cleartext: root, this program's user, and the user
   to whom root has given the system's run directory are believed. */
static int isBelieved(uid_t user)
{
    struct stat system;

    return user == 0 || user == geteuid() || (lstat("/run/sslpool", &system) == 0 && user == system.st_uid);
}

static void refuse(const char *path, const char *why, uid_t user)
{
    fprintf(stderr, "%s is not used: %s (uid %ld)\n", path, why, (long)user);
    exit(2);
}

/* No other user may be able to put something else in the place of a directory
   on the way, or of the socket itself.  "path" has no links. */
static void checkWay(const char *path)
{
    char part[PATH_MAX];
    struct stat found;
    size_t length;

    for (length = 1; ; length++) {
        if (length > 1 && path[length] != '/' && path[length] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        if (lstat(part, &found) < 0)
            fail(part);
        if (!isBelieved(found.st_uid))
            refuse(part, "it belongs to another user", found.st_uid);
        if (S_ISDIR(found.st_mode) && (found.st_mode & (S_IWGRP | S_IWOTH)) && !(found.st_mode & S_ISVTX))
            refuse(part, "others may write to it", found.st_uid);
        if (path[length] == '\0')
            return;
    }
}

/* Connect to the application socket; each message is one datagram. */
static int openConversation(const char *given)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct ucred listener;
    socklen_t size = sizeof listener;
    char path[PATH_MAX];
    int conversation = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (conversation < 0)
        fail("socket");
    if (realpath(given, path) == NULL)
        fail(given);
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "%s: too long\n", path);
        exit(2);
    }
    checkWay(path);
    strcpy(address.sun_path, path);
    if (connect(conversation, (struct sockaddr *)&address, sizeof address) < 0)
        fail(path);
    /* Before anything is sent: who listens, by the kernel's word. */
    if (getsockopt(conversation, SOL_SOCKET, SO_PEERCRED, &listener, &size) < 0)
        fail("getsockopt");
    if (!isBelieved(listener.uid))
        refuse(path, "who listens there is another user", listener.uid);
    return conversation;
}

/* Send a request, and the connection with it where there is one. */
static void ask(int conversation, const char *request, int connection)
{
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec part = { .iov_base = (char *)request, .iov_len = strlen(request) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    if (connection >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &connection, sizeof connection);
    }
    if (sendmsg(conversation, &message, MSG_NOSIGNAL) < 0)
        fail("sendmsg");
}

/* Wait for the reply, write it where it says no, and return the socket that
   came with it: the cleartext of the secure session, or -1. */
static int answer(int conversation)
{
    static char reply[LONGEST_REPLY + 1];
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec part = { .iov_base = reply, .iov_len = LONGEST_REPLY };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    struct cmsghdr *head;
    int came = -1;
    ssize_t length = recvmsg(conversation, &message, MSG_CMSG_CLOEXEC);

    if (length < 0)
        fail("recvmsg");
    if (length == 0) {
        fprintf(stderr, "the stack, or the server with the connection, has gone\n");
        exit(1);
    }
    reply[length] = '\0';
    for (head = CMSG_FIRSTHDR(&message); head != NULL; head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            memcpy(&came, CMSG_DATA(head), sizeof came);
    if (strncmp(reply, ACCEPTED, sizeof ACCEPTED - 1) != 0) {
        fprintf(stderr, "%s\n", reply);
        exit(1);
    }
    return came;
}

/* Write all of it. */
static int put(int to, const char *octets, ssize_t length)
{
    while (length > 0) {
        ssize_t sent = write(to, octets, (size_t)length);
        if (sent < 0)
            return -1;
        octets += sent;
        length -= sent;
    }
    return 0;
}

/* Send back what comes, until the other side ends. */
static void echo(int cleartext)
{
    char octets[65536];
    ssize_t length;

    while ((length = read(cleartext, octets, sizeof octets)) > 0)
        if (put(cleartext, octets, length) < 0)
            return;
}

/* Send what is read from the standard input, and write what comes. */
static void copy(int cleartext)
{
    struct pollfd both[2] = { { .fd = 0, .events = POLLIN }, { .fd = cleartext, .events = POLLIN } };
    char octets[65536];
    ssize_t length;

    while (poll(both, 2, -1) > 0) {
        if (both[0].revents) {
            length = read(0, octets, sizeof octets);
            if (length > 0 && put(cleartext, octets, length) < 0)
                return;
            if (length <= 0) {
                shutdown(cleartext, SHUT_WR);
                both[0].fd = -1;
            }
        }
        if (both[1].revents) {
            length = read(cleartext, octets, sizeof octets);
            if (length <= 0 || put(1, octets, length) < 0)
                return;
        }
    }
}

static struct sockaddr_in addressOf(const char *host, const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };

    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", host);
        exit(2);
    }
    return address;
}

/* Take one connection. */
static int accepted(const char *host, const char *port)
{
    struct sockaddr_in address = addressOf(host, port);
    socklen_t size = sizeof address;
    int one = 1, connection, listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listening < 0)
        fail("socket");
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) < 0 || listen(listening, 1) < 0)
        fail("listen");
    if (getsockname(listening, (struct sockaddr *)&address, &size) < 0)
        fail("getsockname");
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    connection = accept(listening, NULL, NULL);
    if (connection < 0)
        fail("accept");
    close(listening);
    return connection;
}

static int connected(const char *host, const char *port)
{
    struct sockaddr_in address = addressOf(host, port);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connection < 0)
        fail("socket");
    if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    return connection;
}

/* Label and name go into the request as they are: they have no character that
   JSON would want to be escaped. */
static void checkName(const char *name)
{
    if (strlen(name) > 255 || strpbrk(name, "\"\\") != NULL) {
        fprintf(stderr, "%s: not a label or a name\n", name);
        exit(2);
    }
}

int main(int count, char **words)
{
    char request[LONGEST_REQUEST];
    int conversation, connection, cleartext;
    int isServer = count == 6 && strcmp(words[2], "server") == 0;
    int isClient = count == 6 && strcmp(words[2], "client") == 0;

    if (!isServer && !isClient && !(count == 4 && strcmp(words[2], "query") == 0)) {
        fprintf(stderr, "usage: secure SOCKET query LABEL\n"
                        "       secure SOCKET server LABEL ADDRESS PORT\n"
                        "       secure SOCKET client NAME ADDRESS PORT\n");
        return 2;
    }
    checkName(words[3]);
    if (count == 4) {
        conversation = openConversation(words[1]);
        snprintf(request, sizeof request, "{\"version\":1,\"request\":\"QueryTLS\",\"label\":\"%s\"}", words[3]);
        ask(conversation, request, -1);
        answer(conversation);
        printf("%s is known\n", words[3]);
        return 0;
    }

    connection = isServer ? accepted(words[4], words[5]) : connected(words[4], words[5]);
    snprintf(request, sizeof request, "{\"version\":1,\"request\":\"%s\",\"%s\":\"%s\"}",
             isServer ? "SecureServer" : "SecureClient", isServer ? "label" : "name", words[3]);
    conversation = openConversation(words[1]);
    ask(conversation, request, connection);
    cleartext = answer(conversation);
    if (cleartext < 0) {
        fprintf(stderr, "the reply came without a socket\n");
        return 1;
    }
    /* The connection is the server's now. */
    close(connection);

    if (isServer)
        echo(cleartext);
    else
        copy(cleartext);
    close(cleartext);
    close(conversation);
    return 0;
}
