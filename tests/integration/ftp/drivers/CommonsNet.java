import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPReply;
import org.apache.commons.net.ftp.FTPSClient;

/**
 * Transfers files with Commons Net, as README.md says: reads transfers, writes what came of each.
 */
public class CommonsNet {
    private static final int LIMIT = 20_000;

    private final SSLContext context;
    private FTPSClient client;
    private List<String> place = List.of();

    private CommonsNet(String authority) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (InputStream file = new FileInputStream(authority)) {
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
    }

    private void connect(List<String> wanted) throws IOException {
        if (client != null && wanted.equals(place)) {
            return;
        }
        leave();
        place = wanted;
        client = new FTPSClient(false, context);
        client.setEndpointCheckingEnabled(true);
        client.setDefaultTimeout(LIMIT);
        client.setConnectTimeout(LIMIT);
        client.setDataTimeout(Duration.ofMillis(LIMIT));
        client.connect(wanted.get(1), Integer.parseInt(wanted.get(2)));
        check(FTPReply.isPositiveCompletion(client.getReplyCode()));
        check(client.login(wanted.get(3), wanted.get(4)));
        client.execPBSZ(0);
        client.execPROT("P");
        check(client.setFileType(FTP.BINARY_FILE_TYPE));
        if (wanted.get(0).equals("active")) {
            client.enterLocalActiveMode();
        } else {
            client.enterLocalPassiveMode();
        }
    }

    private void check(boolean done) throws IOException {
        if (!done) {
            throw new IOException(client.getReplyString().strip());
        }
    }

    private void transfer(String direction, String remote, String local) throws IOException {
        if (direction.equals("up")) {
            try (InputStream file = new FileInputStream(local)) {
                check(client.storeFile(remote, file));
            }
        } else {
            try (OutputStream file = new FileOutputStream(local)) {
                check(client.retrieveFile(remote, file));
            }
        }
    }

    private void leave() {
        if (client != null) {
            try {
                client.logout();
                client.disconnect();
            } catch (IOException ended) {
                // It has ended already.
            }
            client = null;
        }
    }

    private void serve(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            List<String> fields = Arrays.asList(line.split("\t"));
            String told = "ok\t";
            try {
                connect(fields.subList(1, 6));
                transfer(fields.get(6), fields.get(7), fields.get(8));
            } catch (Exception error) {
                told = "failed\t" + String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
                leave();
            }
            System.out.println(fields.get(0) + "\t" + told);
        }
        leave();
    }

    public static void main(String[] arguments) throws Exception {
        new CommonsNet(arguments[0]).serve(new BufferedReader(new InputStreamReader(System.in)));
    }
}
