using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using TranscriptionServer.Configuration;
using YamlDotNet.RepresentationModel;

namespace StableQuant.Server.Tests;

/// <summary>What Dockerfile and manifest say is what the server does; that they run, only a container runtime can show.</summary>
public sealed partial class DeployTests
{
    private const string UrlsVariable = "ASPNETCORE_URLS";

    private static readonly string[][] Docker = [.. Lines("Dockerfile").Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', 2))];

    private static readonly YamlMappingNode[] Manifest = Load();

    private static YamlNode Pod => Only("Deployment")["spec"]["template"]["spec"];

    private static YamlNode Container => ((YamlSequenceNode)Pod["containers"]).Single();

    [Fact]
    public void Both_files_say_that_they_were_not_run()
    {
        Lines("Dockerfile")[0].ShouldStartWith("# NOT RUN ");
        Lines("kubernetes.yaml")[0].ShouldStartWith("# NOT RUN ");
    }

    [Fact]
    public void The_image_has_the_published_file_and_a_folder_for_uploads_alone()
    {
        string program = typeof(ServerOptions).Assembly.GetName().Name!;
        Last("FROM").ShouldBe("scratch");
        string[] copied = [.. Docker.SkipWhile(line => line[1] != "scratch").Where(line => line[0] == "COPY").Select(line => line[1])];
        copied.ShouldBe(["--from=folders /image/ /", $"[\"{program}\", \"/server\"]"]);
        Docker.Single(line => line[0] == "RUN")[1].ShouldBe("mkdir /image && mkdir -m 1777 /image/tmp");
        Last("ENTRYPOINT").ShouldBe("[\"/server\"]");
        string.Join('\n', Lines("Dockerfile")).ShouldContain("dotnet publish samples/TranscriptionServer -c Release -r linux-x64 -p:StaticExecutable=true -p:LinkerFlavor=lld -o published\n");
    }

    [Fact]
    public void Image_and_manifest_name_one_port_and_one_user()
    {
        string[] url = Last("ENV").Split('=');
        url[0].ShouldBe(UrlsVariable);
        string port = Last("EXPOSE");
        url[1].ShouldBe($"http://+:{port}");
        YamlNode named = ((YamlSequenceNode)Container["ports"]).Single();
        Text(named["containerPort"]).ShouldBe(port);
        Text(Only("Deployment")["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"]).ShouldBe(port);
        Text(((YamlSequenceNode)Only("Service")["spec"]["ports"]).Single()["targetPort"]).ShouldBe(Text(named["name"]));
        Text(Container["readinessProbe"]["httpGet"]["port"]).ShouldBe(Text(named["name"]));
        Text(Container["livenessProbe"]["httpGet"]["port"]).ShouldBe(Text(named["name"]));

        YamlNode user = Pod["securityContext"];
        Last("USER").ShouldBe($"{Text(user["runAsUser"])}:{Text(user["runAsGroup"])}");
        Text(user["fsGroup"]).ShouldBe(Text(user["runAsGroup"]));
    }

    [Fact]
    public void The_service_finds_the_pods_of_the_deployment()
    {
        var labels = (YamlMappingNode)Only("Deployment")["spec"]["template"]["metadata"]["labels"];
        Only("Deployment")["spec"]["selector"]["matchLabels"].ShouldBe(labels);
        Only("Service")["spec"]["selector"].ShouldBe(labels);
    }

    [Fact]
    public async Task Probes_and_metrics_are_where_the_manifest_says()
    {
        await using RunningServer server = await RunningServer.StartAsync("ApiKey=k");
        foreach (YamlNode path in new[]
        {
            Container["readinessProbe"]["httpGet"]["path"],
            Container["livenessProbe"]["httpGet"]["path"],
            Only("Deployment")["spec"]["template"]["metadata"]["annotations"]["prometheus.io/path"],
        })
        {
            using HttpResponseMessage response = await server.Client.GetAsync(new Uri(Text(path), UriKind.Relative));
            response.StatusCode.ShouldBe(HttpStatusCode.OK, Text(path));
        }
    }

    [Fact]
    public void Settings_are_the_server_s_and_the_limits_have_room_for_them()
    {
        ServerOptions options = Options();
        options.ApiKey.ShouldBe("secret");
        YamlNode limits = Container["resources"]["limits"];
        Text(limits["cpu"]).ShouldBe(options.Instances.ToString(CultureInfo.InvariantCulture));

        // What docs/server.md says of samples, twice; and every place taken by the largest upload.
        Bytes(limits["memory"]).ShouldBeGreaterThan(2L * options.Instances * options.MaxAudioSeconds * 64_000);
        YamlNode volume = ((YamlSequenceNode)Pod["volumes"]).Single();
        Bytes(volume["emptyDir"]["sizeLimit"]).ShouldBeGreaterThan((options.Instances + options.QueueLength) * options.MaxUploadBytes);
        YamlNode mount = ((YamlSequenceNode)Container["volumeMounts"]).Single();
        Text(mount["name"]).ShouldBe(Text(volume["name"]));
        Text(mount["mountPath"]).ShouldBe("/tmp");
    }

    [Fact]
    public void What_was_accepted_is_answered_before_the_pod_is_killed()
    {
        int sleep = int.Parse(Text(Container["lifecycle"]["preStop"]["sleep"]["seconds"]), CultureInfo.InvariantCulture);
        int.Parse(Text(Pod["terminationGracePeriodSeconds"]), CultureInfo.InvariantCulture).ShouldBeGreaterThan(sleep + Options().ShutdownSeconds);
        int.Parse(StopTimeout().Match(string.Join('\n', Lines("Dockerfile"))).Groups[1].Value, CultureInfo.InvariantCulture).ShouldBeGreaterThan(new ServerOptions().ShutdownSeconds);
    }

    // As the server reads them, with a value for the one that comes from a secret.
    private static ServerOptions Options() => OptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(
        from variable in (YamlSequenceNode)Container["env"]
        let children = ((YamlMappingNode)variable).Children
        select KeyValuePair.Create<string, string?>(Text(variable["name"]).Replace("__", ":", StringComparison.Ordinal), children.TryGetValue("value", out YamlNode? value) ? Text(value) : "secret")).Build());

    private static string Last(string instruction) => Docker.Last(line => line[0] == instruction)[1];

    private static YamlMappingNode Only(string kind) => Manifest.Single(document => Text(document["kind"]) == kind);

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static long Bytes(YamlNode node) => Quantity().Match(Text(node)) is { Success: true } match
        ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) << (match.Groups[2].Value == "Mi" ? 20 : 30)
        : throw new FormatException(Text(node));

    private static string[] Lines(string file) => File.ReadAllLines(Repository.File("samples/TranscriptionServer/Deploy/" + file));

    private static YamlMappingNode[] Load()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(string.Join('\n', Lines("kubernetes.yaml"))));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    [GeneratedRegex("^([0-9]+)(Mi|Gi)$")]
    private static partial Regex Quantity();

    [GeneratedRegex("--stop-timeout ([0-9]+) ")]
    private static partial Regex StopTimeout();
}
