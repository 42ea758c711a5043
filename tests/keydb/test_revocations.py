"""
Tests for L{sslpool.keydb.revocations}, and for authorities among what servers use.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.formatting import formatRevocations
from sslpool.keydb import tables
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.keydb.parsing import parse
from sslpool.keydb.records import RevocationRecord
from sslpool.keydb.revocationlist import RevocationList
from sslpool.keydb.revocationnotices import notesOf
from sslpool.keydb.revocations import (
    addRevocations,
    listRevocations,
    readRevocations,
    removeRevocations,
    storeRevocations,
)
from sslpool.keydb.sources import readMaterial
from tests.doubles.certificates import (
    Authority,
    makeAuthority,
    makeClient,
    makeDatabase,
    makeRevocations,
    makeServer,
    writeCredential,
)
from tests.keydb.refusals import refused


def at(*places: str) -> x509.IssuingDistributionPoint:
    """
    Return what a list says that is for the certificates of some distribution points alone.
    """
    names = [x509.UniformResourceIdentifier(place) for place in places]
    return x509.IssuingDistributionPoint(names, None, False, False, None, False, False)


class RevocationTests(SynchronousTestCase):
    """
    A key database with an authority.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.authority = makeAuthority("Clients' CA")
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="WEB")])
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)
        self.database.addCertificates({"Clients": self.authority.certificate})
        self.revoked = makeClient(self.authority).certificate

    def add(self, *found: RevocationList, unchecked: bool = False) -> list[RevocationRecord]:
        """
        Store lists.
        """
        return addRevocations(self.database, found, "clients.crl", time.time(), unchecked)

    def present(self) -> dict[str, int]:
        """
        Return how many certificates the lists revoke, by label.
        """
        return {record.label: record.revoked for record in listRevocations(self.database)}

    def test_stored(self) -> None:
        """
        A list is shown under the label of its authority, with a stash and without, and is there for servers.
        """
        found = makeRevocations(self.authority, self.revoked)
        [record] = self.add(found)
        self.assertEqual((record.label, record.revoked, record.issuer), ("Clients", 1, "CN=Clients' CA"))
        self.assertEqual(listRevocations(self.database), [record])
        self.assertEqual(readRevocations(self.path), [record])
        material = readMaterial(self.path)
        self.assertEqual(material.revocations, (found,))
        self.assertEqual([authority.label for authority in material.authorities], ["Clients"])
        self.assertEqual([credential.label for credential in material.credentials], ["WEB"])

    def test_several(self) -> None:
        """
        Several lists are stored and each is named; or none of them, where one cannot be.
        """
        other = makeAuthority("Other")
        lists = (makeRevocations(other), makeRevocations(self.authority, self.revoked))
        with refused("SSLP362E"):
            self.add(*lists)
        self.assertEqual(self.present(), {})
        self.database.addCertificates({"Other": other.certificate})
        self.assertEqual([record.label for record in self.add(*lists)], ["Other", "Clients"])
        self.assertEqual(self.present(), {"Clients": 1, "Other": 0})

    def test_withAuthority(self) -> None:
        """
        In one change with its authority it does not matter which stands first in a file.
        """
        other = makeAuthority("Other")
        with self.database.changing() as connection:
            entry = tables.Entry("Other", other.certificate.der, b"", None, True, False)
            tables.writeEntry(connection, entry)
            storeRevocations(self.path, connection, [makeRevocations(other)], "bundle.pem", time.time())
        self.assertEqual(self.present(), {"Other": 0})

    def test_unknownAuthority(self) -> None:
        """
        A list whose authority is not there, or that another of the same name has signed, is refused.
        """
        for name in ("Other", "Clients' CA"):
            with refused("SSLP362E"):
                self.add(makeRevocations(makeAuthority(name)))
        self.assertEqual(listRevocations(self.database), [])

    def test_older(self) -> None:
        """
        A newer list takes the place of an older one, not the other way round; nor where both come at once.
        """
        newer, older = makeRevocations(self.authority), makeRevocations(self.authority, self.revoked, made=3)
        self.add(older)
        self.add(newer)
        with refused("SSLP363E"):
            self.add(older)
        self.assertEqual(readMaterial(self.path).revocations, (newer,))
        removeRevocations(self.database, "Clients")
        self.assertEqual([record.revoked for record in self.add(newer, older)], [0])
        self.assertEqual(readMaterial(self.path).revocations, (newer,))

    def test_partial(self) -> None:
        """
        A list that is not the whole one of its authority is refused with the reason, also unchecked.
        """
        for extension, reason in (
            (x509.DeltaCRLIndicator(7), "a delta list"),
            (x509.IssuingDistributionPoint(None, None, False, False, None, True, False), "an indirect list"),
        ):
            for unchecked in (False, True):
                with refused("SSLP364E", reason):
                    self.add(makeRevocations(self.authority, extensions=[extension]), unchecked=unchecked)

    def test_nobodyGetsIn(self) -> None:
        """
        A list with which nobody could get in is refused with the reason, unless it is not to be looked at.
        """
        elsewhere = makeRevocations(self.authority, extensions=[at("http://a.example/1.crl")])
        for found, reason in (
            (makeRevocations(self.authority, days=-1), "the next list was due on"),
            (makeRevocations(self.authority, made=-1), "it is valid from"),
            (elsewhere, "only certificates that name http://a.example/1.crl, and none here does"),
        ):
            with refused("SSLP804E", reason):
                self.add(found)
            self.assertEqual([record.label for record in self.add(found, unchecked=True)], ["Clients"])
            removeRevocations(self.database, "Clients")

    def test_mayNotSign(self) -> None:
        """
        So is one of an authority whose certificate does not permit it to sign lists.
        """
        other = makeAuthority("Other", signsLists=False)
        self.database.addCertificates({"Other": other.certificate})
        with refused("SSLP804E", "does not permit its key to sign CRLs"):
            self.add(makeRevocations(other))

    def test_distributionPoint(self) -> None:
        """
        One for the certificates of a distribution point is stored where there are some of these, or none at all is
        known; but not in the place of one for others.
        """
        lower = makeAuthority("Lower", self.authority)
        self.database.addCertificates({"Lower": lower.certificate})
        web = makeServer(lower, label="WEB", points=["http://a.example/1.crl"])
        self.database.add(web, replace=True)
        first, second = (makeRevocations(lower, extensions=[at(f"http://a.example/{number}.crl")]) for number in (1, 2))
        [record] = self.add(first)
        self.assertEqual(record.points, ("http://a.example/1.crl",))
        with refused("SSLP805E"):
            self.add(second, unchecked=True)
        self.add(makeRevocations(lower))
        with refused("SSLP805E"):
            self.add(makeRevocations(lower, extensions=[at("http://a.example/1.crl")]))
        self.database.remove("WEB")
        removeRevocations(self.database, "Lower")
        self.add(second)

    def test_distributionPointOfRoot(self) -> None:
        """
        Nor is one stored that all certificates name but that of its authority, with which their chains end.
        """
        self.database.add(makeServer(self.authority, label="WEB", points=["http://a.example/1.crl"]), replace=True)
        found = makeRevocations(self.authority, extensions=[at("http://a.example/1.crl")])
        with refused("SSLP804E", "and the authority's own, a root, does not"):
            self.add(found)
        [record] = self.add(found, unchecked=True)
        self.assertIn("SSLP800W", [each.id for each in notesOf([record], time.time())])

    def test_removed(self) -> None:
        """
        A list is removed by its label, or with its authority.
        """
        for _ in range(2):
            self.add(makeRevocations(self.authority))
            removeRevocations(self.database, "Clients")
            self.assertEqual(readMaterial(self.path).revocations, ())
        with refused("SSLP365E"):
            removeRevocations(self.database, "Clients")
        self.add(makeRevocations(self.authority, self.revoked))
        self.database.remove("Clients")
        self.assertEqual(listRevocations(self.database), [])

    def test_replacedAuthority(self) -> None:
        """
        An authority that is replaced by another keeps no list that it has not signed.
        """
        self.add(makeRevocations(self.authority, self.revoked))
        self.database.addCertificates({"Clients": self.authority.certificate}, replace=True)
        self.assertEqual(len(listRevocations(self.database)), 1)
        with refused("SSLP806E"):
            self.database.addCertificates({"Clients": makeAuthority("Clients' CA").certificate}, replace=True)
        self.add(makeRevocations(self.authority))
        self.database.addCertificates({"Clients": makeAuthority("Clients' CA").certificate}, replace=True)
        self.assertEqual(listRevocations(self.database), [])

    def below(self) -> tuple[Authority, Certificate]:
        """
        Store an intermediate authority with a list; return it, and what the list revokes.
        """
        lower = makeAuthority("Lower", self.authority)
        victim = makeClient(lower).certificate
        self.database.addCertificates({"Lower": lower.certificate})
        self.add(makeRevocations(lower, victim))
        return lower, victim

    def test_stillVouchedFor(self) -> None:
        """
        An authority is not removed or replaced whose list then would count no more for those whom another
        authority vouches for all the same: first the list has to be removed.
        """
        self.below()
        with refused("SSLP806E"):
            self.database.remove("Lower")
        with refused("SSLP806E"):
            self.database.addCertificates({"Lower": makeAuthority("Lower", self.authority).certificate}, replace=True)
        self.assertEqual(self.present(), {"Lower": 1})
        removeRevocations(self.database, "Lower")
        self.database.remove("Lower")

    def test_crossSigned(self) -> None:
        """
        Nor is a root while another authority is trusted, which may have issued a certificate for its key as well.
        """
        self.add(makeRevocations(self.authority, self.revoked))
        self.database.addCertificates({"Other": makeAuthority("Other").certificate})
        with refused("SSLP806E"):
            self.database.remove("Clients")
        self.database.setTrusted("Other", False)
        self.database.remove("Clients")
        self.assertEqual(self.present(), {})

    def test_rootOfOthers(self) -> None:
        """
        Nor is a root whose list keeps out an authority below it, or what leads up to it.
        """
        middle = makeAuthority("Middle", self.authority)
        lower = makeAuthority("Lower", middle)
        self.database.addCertificates({"Middle": middle.certificate, "Lower": lower.certificate})
        for found, identifier in (
            (makeRevocations(self.authority, days=-1), "SSLP807E"),
            (makeRevocations(self.authority, middle.certificate), "SSLP806E"),
        ):
            self.add(found, unchecked=True)
            for label, refusal in (("Clients", identifier), ("Middle", "SSLP807E")):
                with refused(refusal):
                    self.database.remove(label)
                with refused(refusal):
                    self.database.addCertificates({label: makeAuthority("Other").certificate}, replace=True)
        self.database.setTrusted("Lower", False)
        self.database.remove("Middle")
        self.database.remove("Clients")
        self.assertEqual(self.present(), {})

    def test_damaged(self) -> None:
        """
        Nor is one whose list is damaged: nobody knows what it says.
        """
        self.below()
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE revocation SET list = x'3000'")
        with refused("SSLP806E"):
            self.database.remove("Lower")
        self.assertEqual(readRevocations(self.path), [])
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE entry SET certificate = x'3000' WHERE label = 'Lower'")
        with refused("SSLP806E"):
            self.database.remove("Lower")
        removeRevocations(self.database, "Lower")
        self.database.remove("Lower")

    def test_storedPartial(self) -> None:
        """
        One that is not a whole list, and was stored when that was not noticed, is used no more than a damaged one;
        another takes its place.
        """
        relative = x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COMMON_NAME, "1")])
        for extension in (
            x509.IssuingDistributionPoint(None, relative, False, False, None, False, False),
            x509.DeltaCRLIndicator(1),
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"),
        ):
            self.add(makeRevocations(self.authority))
            found = makeRevocations(self.authority, extensions=[extension])
            with closing(sqlite3.connect(self.path)) as connection, connection:
                connection.execute("UPDATE revocation SET list = ?", (found.der,))
            material = readMaterial(self.path)
            self.assertEqual((material.revocations, material.unread), ((), (self.authority.certificate,)))
            self.assertIn(found.partial(), str(material.unusable[0][1]))

    def test_damagedAbove(self) -> None:
        """
        Nor is what leads up to an authority whose list is damaged.
        """
        middle = makeAuthority("Middle", self.authority)
        lower = makeAuthority("Lower", middle)
        self.database.addCertificates({"Middle": middle.certificate, "Lower": lower.certificate})
        self.add(makeRevocations(self.authority))
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE revocation SET list = x'3000'")
        with refused("SSLP807E"):
            self.database.remove("Middle")
        self.database.setTrusted("Lower", False)
        self.database.remove("Middle")

    def test_damagedReplaced(self) -> None:
        """
        A damaged list is replaced by a good one.
        """
        self.add(makeRevocations(self.authority))
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE revocation SET list = x'3000'")
        self.add(makeRevocations(self.authority, self.revoked))
        self.assertEqual(self.present(), {"Clients": 1})

    def test_renewed(self) -> None:
        """
        Of an authority that was renewed with its key, whichever certificate goes, the list stays; and there is one.
        """
        lower, victim = self.below()
        again = makeAuthority("Lower", self.authority, key=lower.key)
        self.database.addCertificates({"Again": again.certificate})
        self.add(makeRevocations(again, victim))
        self.assertEqual(self.present(), {"Lower": 1})
        self.database.remove("Lower")
        self.assertEqual(self.present(), {"Again": 1})
        self.database.addCertificates({"Lower": lower.certificate})
        self.database.addCertificates({"Again": makeAuthority("Lower").certificate}, replace=True)
        self.assertEqual(self.present(), {"Lower": 1})

    def test_renewedBefore(self) -> None:
        """
        What an earlier release has stored for both certificates of a renewed authority becomes one list.
        """
        lower, victim = self.below()
        again = makeAuthority("Lower", self.authority, key=lower.key)
        self.database.addCertificates({"Again": again.certificate})
        with self.database.changing() as connection:
            tables.writeRevocation(connection, "Again", makeRevocations(lower, victim, made=2).der)
        self.add(makeRevocations(lower))
        self.assertEqual(self.present(), {"Again": 0})

    def test_entries(self) -> None:
        """
        It is known which certificates of the key database a list revokes.
        """
        web = self.database.certificates("WEB")[0]
        [record] = self.add(makeRevocations(self.authority, web))
        self.assertEqual(record.entries, ("WEB",))

    def test_notTrusted(self) -> None:
        """
        The list of an authority that is not trusted counts all the same.
        """
        found = makeRevocations(self.authority)
        self.add(found)
        self.database.setTrusted("Clients", False)
        material = readMaterial(self.path)
        self.assertEqual((material.authorities, material.revocations), ((), (found,)))
        self.assertEqual(material.known, (self.authority.certificate,))

    def test_firstFormat(self) -> None:
        """
        A database of the first release is read, and changed to the present form when something is stored.
        """
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("DROP TABLE revocation")
            connection.execute("UPDATE meta SET format = 1")
        self.assertEqual(readMaterial(self.path).revocations, ())
        self.assertEqual(readRevocations(self.path), [])
        self.add(makeRevocations(self.authority))
        self.assertEqual(len(readMaterial(self.path).revocations), 1)

    def test_noDatabase(self) -> None:
        """
        A key file of another kind has no lists.
        """
        self.assertEqual(readRevocations(writeCredential(self.mktemp() + ".pem", makeServer(self.authority))), [])

    def test_parse(self) -> None:
        """
        PEM and DER are recognised; certificates are something else, and a damaged list is said to be one.
        """
        found = makeRevocations(self.authority, self.revoked)
        self.assertEqual(parse(found.pem, None, "x").lists, (found,))
        self.assertEqual(parse(found.der, None, "x").lists, (found,))
        for data in (self.revoked.pem, self.revoked.der):
            self.assertEqual(parse(data, None, "x").lists, ())
        with refused("SSLP345E"):
            parse(found.pem.replace(b"\nMI", b"\nAA", 1), None, "x")

    def test_table(self) -> None:
        """
        A list whose successor is overdue says so.
        """
        self.add(makeRevocations(self.authority, days=-2), unchecked=True)
        [_, line] = formatRevocations(listRevocations(self.database), time.time())
        self.assertIn("OVERDUE", line)
        self.assertEqual(formatRevocations([], time.time()), [])


class AuthorityTests(SynchronousTestCase):
    """
    Which certificates are authorities.
    """

    def test_serverIsNone(self) -> None:
        """
        The certificate of a server without its key is trusted for nothing.
        """
        authority = makeAuthority()
        path = makeDatabase(self.mktemp() + ".kdb")
        with Database.openStashed(path) as database:
            database.addCertificates({"Peer": makeServer(authority).certificate})
            database.addCertificates({"CA": authority.certificate})
        self.assertEqual([each.label for each in readMaterial(path).authorities], ["CA"])

    def test_default(self) -> None:
        """
        The default key is known among the credentials.
        """
        authority = makeAuthority()
        path = makeDatabase(self.mktemp() + ".kdb", [makeServer(authority, label=label) for label in ("A", "B")])
        with Database.openStashed(path) as database:
            database.setDefault("B")
        self.assertEqual([each.default for each in readMaterial(path).credentials], [False, True])
